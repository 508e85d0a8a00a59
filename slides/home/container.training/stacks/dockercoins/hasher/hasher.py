"""SHA-256 over HTTP: whatever is POSTed to / is answered with its hash in hexadecimal digits."""

import hashlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Hasher(BaseHTTPRequestHandler):
    def answer(self, text):
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer("post some bytes here to have them hashed\n")

    def do_POST(self):
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.answer(hashlib.sha256(content).hexdigest() + "\n")


if __name__ == "__main__":
    ThreadingHTTPServer(("", 80), Hasher).serve_forever()
