"""An nginx of the suite's own: one worker on one processor, plain and TLS, on ports of the loopback interface."""

import getpass
import re
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

CONFIGURATION = """\
daemon off;
worker_processes 1;
worker_rlimit_nofile {descriptors};
pid {folder}/nginx.pid;
error_log {folder}/error.log error;
{user}
events {{
  worker_connections {connections};
  multi_accept on;
}}
http {{
  access_log off;
  default_type text/plain;
  keepalive_requests 1000000000;
  keepalive_timeout 1h;
  tcp_nodelay on;
  sendfile on;
  open_file_cache max=16 inactive=1h;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{plain} backlog=16384;
    listen 127.0.0.1:{tls} ssl backlog=16384;
    ssl_certificate {folder}/certificate.pem;
    ssl_certificate_key {folder}/key.pem;
    # One protocol and one cipher, so that all clients do the same work.
    ssl_protocols TLSv1.3;
    ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;
    root {folder}/www;
    location = / {{ return 200 "ok\\n"; }}
    location = /file {{ }}
    location = /requests {{ stub_status; }}
    location / {{ return 200 "ok\\n"; }}
  }}
}}
"""


class NoServer(Exception):
    """The server that was to be measured against does not start."""


class Nginx:
    """Started by `with Nginx(…) as nginx`, and gone at the end of it."""

    def __init__(self, context, connections: int = 1000):
        self._context = context
        self._folder = context.scratch / "nginx"
        # Connections of the client before may still be there.
        self._connections = 3 * connections + 1000
        self.plain, self.tls = free_ports(2)
        self._seen = 0

    def __enter__(self) -> "Nginx":
        program = self._context.programs.find("nginx")
        openssl = self._context.programs.find("openssl")
        if not program or not openssl:
            missing = self._context.programs.missing
            raise NoServer("; ".join(missing[name] for name in ("nginx", "openssl") if name in missing))
        (self._folder / "www").mkdir(parents=True, exist_ok=True)
        (self._folder / "www" / "file").write_text("0123456789abcdef" * 64)
        self._make_certificate(openssl)
        configuration = self._folder / "nginx.conf"
        configuration.write_text(
            CONFIGURATION.format(
                folder=self._folder,
                plain=self.plain,
                tls=self.tls,
                connections=self._connections,
                descriptors=self._connections + 64,
                # Without it the worker of root's nginx is 'nobody', who may not see the folder.
                user="user root;" if getpass.getuser() == "root" else "",
            )
        )
        self._process = self._context.launcher.start(
            [program, "-c", configuration, "-p", self._folder, "-e", self._folder / "error.log"],
            self._context.server_cpu,
        )
        self._wait_until_ready()
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        self.worker = int(children[0])
        return self

    def __exit__(self, *_) -> None:
        self._process.stop()

    def url(self, path: str = "/", tls: bool = False) -> str:
        return f"{'https' if tls else 'http'}://127.0.0.1:{self.tls if tls else self.plain}{path}"

    def requests(self) -> int:
        """How many requests it has answered since the last call, by its own account."""
        with urllib.request.urlopen(self.url("/requests"), timeout=5) as answer:
            # Three numbers follow "server accepts handled requests"; the third includes this request.
            total = int(re.search(r"\n (\d+) (\d+) (\d+) ", answer.read().decode()).group(3))
        seen, self._seen = total - self._seen - 1, total
        return seen

    def _make_certificate(self, openssl: Path) -> None:
        if (self._folder / "key.pem").exists():
            return
        command = [
            openssl,
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "3650",
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=IP:127.0.0.1,DNS:localhost",
            "-keyout",
            self._folder / "key.pem",
            "-out",
            self._folder / "certificate.pem",
        ]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise NoServer(f"openssl makes no certificate: {done.stderr.strip()}")

    def _wait_until_ready(self) -> None:
        for _ in range(100):
            try:
                self.requests()
                return
            except OSError:
                if not self._process.is_running():
                    break
                time.sleep(0.05)
        raise NoServer(f"nginx does not start: {self._process.stop().errors.strip()}")


def free_ports(count: int) -> list[int]:
    """Ports of the loopback interface that nobody listens on."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()
