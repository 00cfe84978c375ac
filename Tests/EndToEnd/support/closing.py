"""An HTTP server that closes connections which have been idle for a while, or misbehaves by the path.

closing.py PORT IDLE_SECONDS [CERTIFICATE KEY]
GET /count answers how many connections there were and how many requests came on one after 'Connection: close'."""
import asyncio
import ssl
import sys

port, idle = int(sys.argv[1]), float(sys.argv[2])
counts = {"connections": 0, "after_close": 0, "requests": 0}


async def serve(reader, writer):
    counts["connections"] += 1
    closing = False
    try:
        while True:
            head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), idle)).decode().lower()
            length = next((int(line[15:]) for line in head.split("\r\n") if line.startswith("content-length:")), 0)
            await reader.readexactly(length)
            path = head.split(" ")[1]
            counts["requests"] += 1
            if closing:
                counts["after_close"] += 1
            if path == "/count":
                body = f"{counts['connections']} {counts['after_close']}"
            else:
                body = path
            response = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
            if path.startswith("/lf"):
                response = response.replace(b"\r\n", b"\n")
            writer.write(response)
            await writer.drain()
            if path.startswith("/surplus"):
                await asyncio.sleep(0.002)
                writer.write(response)
                await writer.drain()
            if "connection: close" in head:
                closing = True
                asyncio.get_running_loop().call_later(0.02, writer.close)
    except (asyncio.TimeoutError, asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main():
    context = None
    if len(sys.argv) > 3:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[3], sys.argv[4])
    server = await asyncio.start_server(serve, "127.0.0.1", port, backlog=1000, ssl=context)
    await server.serve_forever()


asyncio.run(main())
