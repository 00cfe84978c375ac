"""A proxy that refuses CONNECT and passes on requests in absolute form from whoever has the password: plain_proxy.py PORT USER PASSWORD LOG"""

import base64
import http.client
import http.server
import sys
import urllib.parse

port, log = int(sys.argv[1]), sys.argv[4]
wanted = "Basic " + base64.b64encode(f"{sys.argv[2]}:{sys.argv[3]}".encode()).decode()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    connections = 0

    def setup(self):
        Handler.connections += 1
        super().setup()

    def log_message(self, *_):
        pass

    def refuse(self, status):
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_CONNECT(self):
        self.refuse(405)

    def do_GET(self):
        if self.headers["Proxy-Authorization"] != wanted:
            return self.refuse(407)
        with open(log, "a") as file:
            file.write(f"{Handler.connections} {self.path}\n")
        url = urllib.parse.urlsplit(self.path)
        onward = http.client.HTTPConnection(url.hostname, url.port)
        onward.request("GET", url.path, headers={"Host": self.headers["Host"]})
        response = onward.getresponse()
        body = response.read()
        self.send_response(response.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        onward.close()


http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
