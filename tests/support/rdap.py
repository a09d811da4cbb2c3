#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An RDAP server for tests, on loopback: `rdap.py FOLDER LOG`. It prints the port that it listens
on. /bootstrap/ipv4.json is FOLDER/ipv4.json with @PORT@ as that port; /ip/ADDRESS is the file
FOLDER/ADDRESS, of which a first line "!WORD..." says how it is answered instead:

  !status N          with that status            !redirect URL     sent on (@PORT@ as above)
  !slow SECONDS      the rest, after that time   !huge BYTES       so many bytes of a string
  !deep              brackets without end

What stands nowhere is 404. The paths that it is asked for go to LOG, a line each."""
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

folder = sys.argv[1]
log = open(sys.argv[2], "a", buffering=1, encoding="utf-8")


class Server(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        self.send_header("Content-Type", "application/rdap+json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        log.write(f"{self.path} {self.headers.get('Accept')}\n")
        path = os.path.join(folder, os.path.basename(self.path))
        if not os.path.isfile(path):
            self.answer(404, b'{"errorCode": 404}')
            return
        with open(path, "rb") as file:
            body = file.read().replace(b"@PORT@", str(port).encode())
        words = body.split(b"\n", 1)[0].decode("utf-8", "replace").split()
        if not words or not words[0].startswith("!"):
            self.answer(200, body)
            return
        rest = body.split(b"\n", 1)[1]
        if words[0] == "!status":
            self.answer(int(words[1]), rest)
        elif words[0] == "!redirect":
            self.answer(302, b"", Location=words[1])
        elif words[0] == "!slow":
            time.sleep(float(words[1]))
            self.answer(200, rest)
        elif words[0] == "!huge":
            self.answer(200, b'{"a": "' + b"x" * int(words[1]) + b'"}')
        elif words[0] == "!deep":
            self.answer(200, b"[" * 900000)


server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
server.daemon_threads = True
port = server.server_address[1]
print(port, flush=True)
server.serve_forever()
