"""Answers as services do that are easily misread: values.py PORT"""

import base64
import gzip
import http.server
import json
import re
import sys
import urllib.parse

NUMBERS = '{"id":9007199254740993,"u64":18446744073709551615,"dec":0.1000000000000000055,"price":19.90,"exp":1e2,"next":null}'
ERRORS = json.dumps({"data": None, "errors": [{"message": "no"}]})


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        url = urllib.parse.urlsplit(self.path)
        headers, status, content = [], 200, b""
        match url.path:
            case "/numbers":
                content = NUMBERS.encode()
            case "/graphql":
                content = ERRORS.encode()
                if "gzip" in self.headers.get("Accept-Encoding", ""):
                    content = gzip.compress(content)
                    headers.append(("Content-Encoding", "gzip"))
            case "/html":
                content = b"<html>down</html>"
            case "/empty":
                pass
            case "/cut":
                content = ERRORS.encode()[:20]
            case "/login":
                headers += [("Set-Cookie", "SID=; Max-Age=0; Path=/"), ("Set-Cookie", "SID=fresh-41; Path=/")]
            case "/me":
                status = 200 if self.headers.get("Cookie") == "SID=fresh-41" else 401
            case "/302":
                status = 302
                headers += [("Location", "/landing"), ("Set-Cookie", "mark=1; Path=/")]
            case "/echo":
                content = json.dumps({"target": self.path, "body": body.decode()}).encode()
            case "/escapes":
                content = "\x1b[2J\x1b]0;owned\x07\x1b[31mred\rover\u202ex\u009b31m\n✓ outcome: forged".encode()
            case "/spell":
                secret = self.headers["X-Secret"]
                spelled = "".join(f"\\u{ord(c):04X}" for c in secret)
                entities = "".join(f"&#{ord(c)};" for c in secret)
                small = re.sub("%..", lambda escape: escape[0].lower(), urllib.parse.quote(secret, safe=""))
                content = f"{secret} {urllib.parse.quote_plus(secret)} {small} {spelled} {entities} ".encode()
                content += base64.b64encode(b"user:" + secret.encode()) + b" " + secret.encode().hex().encode()
                status = 500
        self.send_response(status)
        for name, value in headers + [("Content-Length", str(len(content)))]:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_GET = do_POST = do_HEAD = answer

    def log_message(self, *arguments):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
