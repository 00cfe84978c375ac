"""A coupon service that lists what it granted in pages, with faults. Each path /m/NAME/… is a service of its own.

NAME is words joined by '-': how it pages (pages, rows, cursor, link, header, plain) and what is wrong with it.
"""
import http.server, json, os, re, socketserver, sys, threading, time, urllib.parse

lock = threading.Lock()
services = {}
PLAIN_PAGE = 20


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def answer(self, status, value, headers={}):
        body = json.dumps(value).encode()
        self.send_response(status)
        for name, text in {"Content-Type": "application/json", "Content-Length": len(body), **headers}.items():
            self.send_header(name, str(text))
        self.end_headers()
        self.wfile.write(body)

    def service(self):
        url = urllib.parse.urlparse(self.path)
        parts = url.path.split("/", 3)
        name, path = (parts[2], parts[3]) if len(parts) == 4 else ("none", "")
        with lock:
            service = services.setdefault(name, {"rows": [], "asked": 0, "lists": 0})
        return name.split("-"), service, path, dict(urllib.parse.parse_qsl(url.query))

    def do_POST(self):
        words, service, path, _ = self.service()
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if path.startswith("slow"):
            time.sleep(int(path[4:]) / 1000)
            return self.answer(201, {})
        user = json.loads(body)["user"]
        with lock:
            service["asked"] += 1
            granted = len(service["rows"]) < service.get("cap", 25)
            if granted:
                service["rows"].append({"id": len(service["rows"]), "user": user, "at": time.monotonic()})
            # Room for another request to arrive in.
        time.sleep(0.002)
        self.answer(201 if granted else 409, {})

    def do_GET(self):
        words, service, path, query = self.service()
        if path.startswith("slow"):
            time.sleep(int(path[4:]) / 1000)
            return self.answer(200, {"rows": []})
        if path == "asked":
            return self.answer(200, {"asked": service["asked"], "lists": service["lists"]})
        if path != "rows":
            return self.answer(404, {"error": "there is nothing here"})
        with lock:
            service["lists"] += 1
            rows = list(service["rows"])
        if "old" in words:
            rows = [{"id": -i, "user": f"old-{i % 3}"} for i in range(1, 8)] + rows
        if "lost" in words and rows:
            del rows[len(rows) // 2]
        if "doubled" in words and rows:
            rows.append({"id": len(rows), "user": rows[-1]["user"]})
        if "late" in words:
            rows = [row for row in rows if time.monotonic() - row["at"] > 0.8]
        if "broken" in words and service["asked"]:
            return self.answer(500, {"error": "out of order"})
        rows = [{"id": row["id"], "user": row["user"]} for row in rows]
        size = int(query.get("size", query.get("limit", PLAIN_PAGE if "plain" in words else 7)))
        start = int(query.get("from", query.get("offset", 0)))
        if "page" in query:
            start = (int(query["page"]) - 1) * size
        if "cursor" in query:
            start = int(query["cursor"][1:])
        if "endless" in words and service["asked"]:
            rows = [{"id": i, "user": f"x-{i}"} for i in range(start + 1000)]
        if "whole" in words:
            size = len(rows)
        following = start + size if start + size < len(rows) else None
        value, headers = {"rows": rows[start : start + size]}, {}
        if "total" in words:
            value["total"] = len(rows)
        if "cursor" in words:
            value["next"] = None if following is None else f"c{following}"
        link = f"{self.path.split('?')[0]}?size={size}&from={following}"
        if "elsewhere" in words:
            link = f"http://localhost:{self.server.server_port}{link}"
        if "link" in words and following is not None:
            value["next"] = link
        if "header" in words and following is not None:
            headers["Link"] = f'<{link}>; rel="next"'
        self.answer(200, value, headers)


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 500


Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
