"""Random bytes over HTTP: GET /32 answers with 32 of them."""

import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Random(BaseHTTPRequestHandler):
    def do_GET(self):
        count = self.path.strip("/")
        if count.isdigit() and len(count) < 5:
            body, kind = os.urandom(int(count)), "application/octet-stream"
        else:
            body, kind = b"ask for a number of bytes, as in /32\n", "text/plain"
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer(("", 80), Random).serve_forever()
