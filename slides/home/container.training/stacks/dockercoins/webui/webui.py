"""A page with the score, and /json with the numbers behind it."""

import json
import time
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import redis

score = redis.Redis("redis")


class WebUI(SimpleHTTPRequestHandler):
    def do_GET(self):
        if self.path != "/json":
            return super().do_GET()
        numbers = {
            "hashes": int(score.get("hashes") or 0),
            "coins": score.hlen("wallet"),
            "now": time.time(),
        }
        body = json.dumps(numbers).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer(("", 80), WebUI).serve_forever()
