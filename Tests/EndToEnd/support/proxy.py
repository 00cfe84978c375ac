"""A proxy that connects whoever has the password to where it asks for, and nobody else: proxy.py PORT USER PASSWORD LOG"""

import base64
import socket
import socketserver
import sys
import threading

port, log = int(sys.argv[1]), sys.argv[4]
wanted = "Basic " + base64.b64encode(f"{sys.argv[2]}:{sys.argv[3]}".encode()).decode()


def carry(source, sink):
    try:
        while piece := source.recv(65536):
            sink.sendall(piece)
    except OSError:
        pass
    try:
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


class Handler(socketserver.StreamRequestHandler):
    rbufsize = 0

    def handle(self):
        line = self.rfile.readline().decode()
        if not line:
            return
        method, target, _ = line.split(" ", 2)
        headers = {}
        while (line := self.rfile.readline().decode().rstrip("\r\n")):
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        known = headers.get("proxy-authorization") == wanted
        with open(log, "a") as file:
            file.write(f"{method} {'let through' if known else 'refused'}\n")
        if method != "CONNECT" or not known:
            self.wfile.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n")
            return
        host, _, number = target.rpartition(":")
        with socket.create_connection((host, int(number))) as server:
            self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=carry, args=(server, self.connection))
            back.start()
            carry(self.connection, server)
            back.join()


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


Server(("127.0.0.1", port), Handler).serve_forever()
