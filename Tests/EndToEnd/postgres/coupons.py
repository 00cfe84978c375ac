"""A coupon service on PostgreSQL as many are written: each request is one transaction on a connection from a pool.

    python3 coupons.py --port 8080 --database 'host=127.0.0.1 port=5432 user=postgres dbname=postgres'

`--issue` and `--spin` choose between ways of keeping a limit, some of which do not keep it. `--commit off` acknowledges
a coupon before it is safe. `--cluster DIR` lets `POST /admin/crash` kill the database server in that directory.
"""

import argparse
import json
import os
import queue
import subprocess
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import psycopg

SPINS_A_DAY = 3


# Ways to issue a coupon. Each returns the coupon's number, or None if there are none left.
def read_check_write(db, policy, user):
    total, issued = db.execute("SELECT total, issued FROM policies WHERE id = %s", [policy]).fetchone()
    if issued >= total:
        return None
    db.execute("UPDATE policies SET issued = %s WHERE id = %s", [issued + 1, policy])
    return add_coupon(db, policy, user, issued + 1)


def count_then_insert(db, policy, user):
    (total,) = db.execute("SELECT total FROM policies WHERE id = %s", [policy]).fetchone()
    (issued,) = db.execute("SELECT count(*) FROM coupons WHERE policy = %s", [policy]).fetchone()
    if issued >= total:
        return None
    db.execute("UPDATE policies SET issued = issued + 1 WHERE id = %s", [policy])
    return add_coupon(db, policy, user, issued + 1)


def for_update(db, policy, user):
    total, issued = db.execute("SELECT total, issued FROM policies WHERE id = %s FOR UPDATE", [policy]).fetchone()
    if issued >= total:
        return None
    db.execute("UPDATE policies SET issued = %s WHERE id = %s", [issued + 1, policy])
    return add_coupon(db, policy, user, issued + 1)


def atomic(db, policy, user):
    row = db.execute(
        "UPDATE policies SET issued = issued + 1 WHERE id = %s AND issued < total RETURNING issued", [policy]
    ).fetchone()
    return add_coupon(db, policy, user, row[0]) if row else None


def add_coupon(db, policy, user, number):
    db.execute("INSERT INTO coupons (policy, user_id, number) VALUES (%s, %s, %s)", [policy, user, number])
    return number


# Ways to spin a wheel at most three times a day. Each returns which spin of the day it is, or None.
def spin_unsafe(db, game, user):
    (spins,) = db.execute(
        "SELECT count(*) FROM spins WHERE game = %s AND user_id = %s AND day = (now() AT TIME ZONE 'Asia/Seoul')::date",
        [game, user],
    ).fetchone()
    if spins >= SPINS_A_DAY:
        return None
    db.execute(
        "INSERT INTO spins (game, user_id, day) VALUES (%s, %s, (now() AT TIME ZONE 'Asia/Seoul')::date)", [game, user]
    )
    return spins + 1


def spin_locked(db, game, user):
    db.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"{game}|{user}"])
    return spin_unsafe(db, game, user)


ISSUE = {"read-check-write": read_check_write, "count-then-insert": count_then_insert, "for-update": for_update, "atomic": atomic}
SPIN = {"unsafe": spin_unsafe, "locked": spin_locked}
TABLES = """
    CREATE TABLE IF NOT EXISTS policies (id serial PRIMARY KEY, total int NOT NULL, issued int NOT NULL DEFAULT 0);
    CREATE TABLE IF NOT EXISTS coupons (id serial PRIMARY KEY, policy int NOT NULL REFERENCES policies,
        user_id text NOT NULL, number int NOT NULL);
    CREATE INDEX IF NOT EXISTS coupons_policy ON coupons (policy);
    CREATE TABLE IF NOT EXISTS games (id serial PRIMARY KEY);
    CREATE TABLE IF NOT EXISTS spins (id serial PRIMARY KEY, game int NOT NULL, user_id text NOT NULL, day date NOT NULL);
    CREATE INDEX IF NOT EXISTS spins_player ON spins (game, user_id);
"""


class Service(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def route(self, db, method, path, query, body):
        """Returns the status and the value to answer with."""
        limit, offset = min(int(query.get("limit", 100)), 100), int(query.get("offset", 0))
        match method, *path:
            case "GET", "health":
                db.execute("SELECT 1")
                return 200, {"status": "ok"}
            case "POST", "policies":
                (id,) = db.execute("INSERT INTO policies (total) VALUES (%s) RETURNING id", [body["total"]]).fetchone()
                return 201, {"id": id, "total": body["total"]}
            case "GET", "policies", policy:
                row = db.execute("SELECT total, issued FROM policies WHERE id = %s", [policy]).fetchone()
                return (200, {"total": row[0], "issued": row[1]}) if row else (404, {"error": "NO_SUCH_POLICY"})
            case "POST", "policies", policy, "issue":
                if options.commit == "off":
                    db.execute("SET LOCAL synchronous_commit = off")
                number = ISSUE[options.issue](db, policy, body["user_id"])
                return (201, {"number": number}) if number else (409, {"error": "SOLD_OUT"})
            case "GET", "policies", policy, "coupons":
                rows = db.execute(
                    "SELECT user_id, number FROM coupons WHERE policy = %s ORDER BY id LIMIT %s OFFSET %s", [policy, limit, offset]
                ).fetchall()
                (total,) = db.execute("SELECT count(*) FROM coupons WHERE policy = %s", [policy]).fetchone()
                return 200, {"items": [{"user_id": user, "number": number} for user, number in rows], "total": total}
            case "POST", "games":
                return 201, {"id": db.execute("INSERT INTO games DEFAULT VALUES RETURNING id").fetchone()[0]}
            case "POST", "games", game, "spins":
                spin = SPIN[options.spin](db, game, body["user_id"])
                return (201, {"spin": spin}) if spin else (429, {"error": "DAILY_LIMIT"})
            case "GET", "games", game, "spins":
                rows = db.execute(
                    "SELECT user_id, day FROM spins WHERE game = %s ORDER BY id LIMIT %s OFFSET %s", [game, limit, offset]
                ).fetchall()
                return 200, [{"user_id": user, "day": str(day)} for user, day in rows]
        return 404, {"error": "NO_SUCH_ROUTE"}

    def serve(self):
        url = urlsplit(self.path)
        path = [part for part in url.path.split("/") if part]
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"null")
        if options.cluster and self.command == "POST" and path[0] == "admin":
            administer(path[1])
            return self.answer(200, {"status": "done"})
        db = pool.get()
        try:
            db = db or connect()
            with db.transaction():
                status, value = self.route(db, self.command, path, query, body)
        except psycopg.OperationalError as error:
            # The transaction may have been committed or not. The next request connects again.
            db = None
            status, value = 503, {"error": "DATABASE_UNAVAILABLE", "detail": str(error)}
        finally:
            pool.put(db)
        self.answer(status, value)

    do_GET = do_POST = serve

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        # The head waits in a buffer, so that head and body leave in one packet.
        self._headers_buffer.append(b"\r\n" + body)
        self.flush_headers()

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 1024
    daemon_threads = True


def connect():
    return psycopg.connect(options.database, autocommit=True)


def administer(command):
    subprocess.run([CLUSTER, command, options.cluster], check=True)
    if command == "crash":
        subprocess.run([CLUSTER, "start", options.cluster], check=True)
        # No connection has outlived that. Those in use find out by themselves.
        for _ in range(pool.qsize()):
            db = pool.get()
            if db:
                db.close()
            pool.put(None)


CLUSTER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "cluster.sh")
arguments = argparse.ArgumentParser()
arguments.add_argument("--port", type=int, default=8080)
arguments.add_argument("--database", required=True)
arguments.add_argument("--issue", choices=ISSUE, default="read-check-write")
arguments.add_argument("--spin", choices=SPIN, default="unsafe")
arguments.add_argument("--commit", choices=["on", "off"], default="on")
arguments.add_argument("--cluster")
options = arguments.parse_args()
with connect() as db:
    db.execute(TABLES)
pool = queue.SimpleQueue()
for _ in range(20):
    pool.put(connect())
Server(("127.0.0.1", options.port), Service).serve_forever()
