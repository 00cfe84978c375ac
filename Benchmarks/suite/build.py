"""Builds what the suite runs: Stampede, and the three small C programs."""

import os
import shutil
import subprocess
from pathlib import Path


class BuildError(Exception):
    """Something without which there is nothing to measure could not be built."""


def stampede(root: Path) -> Path:
    """The release build of these sources, made by `bin/stampede` where need be; or what STAMPEDE names."""
    named = os.environ.get("STAMPEDE")
    if named:
        program = Path(named).resolve()
        if not os.access(program, os.X_OK):
            raise BuildError(f"STAMPEDE={named} is no program")
        return program
    # Any command builds first; this one does nothing else that takes time.
    if subprocess.run([root / "bin" / "stampede", "--help"], stdout=subprocess.DEVNULL).returncode != 0:
        raise BuildError("bin/stampede could not be built")
    return root / ".build" / "release" / "stampede"


def revision(root: Path) -> str | None:
    """The commit of the sources, and whether they were changed since; None where STAMPEDE names another build."""
    if os.environ.get("STAMPEDE"):
        return None
    head = subprocess.run(["git", "rev-parse", "--short=12", "HEAD"], cwd=root, capture_output=True, text=True)
    # The figures of an earlier part, which wait there to be committed, change no source.
    sources = [".", ":(exclude)Benchmarks/results"]
    status = subprocess.run(["git", "status", "--porcelain", "--", *sources], cwd=root, capture_output=True, text=True)
    changed = status.stdout.strip() != ""
    name = head.stdout.strip()
    return f"{name}-dirty" if name and changed else name or None


def program(root: Path, build: Path, name: str, libraries: tuple[str, ...] = ()) -> Path:
    """One of the programs in `Benchmarks/bare`, compiled where it is newer than its build."""
    source = root / "Benchmarks" / "bare" / f"{name}.c"
    target = build / name
    if target.exists() and target.stat().st_mtime > source.stat().st_mtime:
        return target
    compiler = next((found for found in map(shutil.which, ("cc", "gcc", "clang")) if found), None)
    if not compiler:
        raise BuildError("there is no C compiler: apt-get install gcc libc6-dev")
    command = [compiler, "-O2", "-Wall", "-Wextra", "-o", target, source, *libraries]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise BuildError(f"{source.name} does not compile:\n{done.stderr}")
    return target
