"""Writes down each request as it came, one line of JSON each, and answers them all alike, but for those below /reflect, which are told
what they sent: echo.py PORT LOG"""

import base64
import json
import socketserver
import sys

port, log = int(sys.argv[1]), sys.argv[2]

ANSWER = json.dumps(
    {
        "code": "a'b\"c$d`e\\f!g h&i%j=(*)책상",
        "plain": "token-1",
        "level": "7",
        "padded": "007",
        "count": -1.5,
        "lines": "one\ntwo\t3\r\b\f\x01\x1f\\u000A",
        "ended": "line\n\n",
        "hostile": "a\r\nX-Injected: yes\r\nCookie: admin=1\x01\x0b\x1f\t\x7f",
        "list": [{"other": 1}, {"id": "first"}, {"id": "second"}],
        "whole": {"a": [1, "two"]},
        "a key": "quoted",
    },
    ensure_ascii=False,
    separators=(",", ":"),
)
# Some `jq` write the last control character by its number, some as it is: here it is a number.
ANSWER = (ANSWER.replace("\x7f", "\\u007f") + "\r\n\n").encode()


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        while self.one():
            pass

    def one(self):
        start = self.rfile.readline()
        if not start.strip():
            return False
        method, target, _ = start.decode().split(" ", 2)
        headers = []
        while (line := self.rfile.readline().decode().rstrip("\r\n")):
            name, _, value = line.partition(":")
            headers.append([name.lower(), value.strip()])
        fields = dict(headers)
        if fields.get("transfer-encoding") == "chunked":
            body = b""
            while (size := int(self.rfile.readline(), 16)):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(fields.get("content-length", 0)))
        with open(log, "a") as file:
            entry = {"method": method, "target": target, "headers": headers, "body": base64.b64encode(body).decode()}
            file.write(json.dumps(entry) + "\n")
        answer, status = ANSWER, "200 OK"
        if target.startswith("/reflect"):
            answer = f"{target} {headers} {body.decode()}".encode()
            status = "500 Internal Server Error"
        head = (
            f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nLocation: /orders/'7' $x\r\nX-Other: b\r\n"
            "Set-Cookie: OLD=1; Path=/\r\nset-cookie: SID=s\"3;Path=/; HttpOnly\r\n"
            f"Content-Length: {len(answer)}\r\n\r\n"
        )
        self.wfile.write(head.encode() + (b"" if method == "HEAD" else answer))
        return fields.get("connection") != "close"


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


Server(("127.0.0.1", port), Handler).serve_forever()
