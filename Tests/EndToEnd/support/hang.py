"""A target that answers /ok, and /hang never.

usage: hang.py PORT [CONNECTIONS]: beyond so many connections it accepts none, and its accept queue is as short as can be.
"""
import selectors
import socket
import sys

port = int(sys.argv[1])
most = int(sys.argv[2]) if len(sys.argv) > 2 else None
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", port))
listener.listen(0 if most else 1024)
listener.setblocking(False)
ready = selectors.DefaultSelector()
ready.register(listener, selectors.EVENT_READ)
accepted = 0
while True:
    for key, _ in ready.select():
        peer = key.fileobj
        if peer is listener:
            connection, _ = listener.accept()
            connection.setblocking(False)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            ready.register(connection, selectors.EVENT_READ)
            accepted += 1
            if accepted == most:
                ready.unregister(listener)
            continue
        try:
            data = peer.recv(65536)
        except OSError:
            data = b""
        if not data:
            ready.unregister(peer)
            peer.close()
        elif not data.startswith(b"GET /hang"):
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
