"""Runs processes pinned to a processor, and says what they took. Whatever happens, none outlives the suite."""

import atexit
import os
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

_running: set["Process"] = set()


@dataclass
class Finished:
    """What a process left when it had ended."""

    output: str
    errors: str
    # 128 + n where signal n ended it.
    exit_code: int
    # User and system time, of the children that it waited for too.
    cpu_seconds: float
    wall_seconds: float
    peak_bytes: int
    # Why it was ended before its time, where it was.
    killed: str | None = None


@dataclass
class Process:
    """A process that was started by `start`."""

    popen: subprocess.Popen
    pid: int
    command: list[str]
    _report: int
    _output: object
    _errors: object
    _finished: Finished | None = field(default=None)

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other

    def is_running(self) -> bool:
        return self._finished is None and self.popen.poll() is None

    def output_so_far(self) -> str:
        return Path(self._output.name).read_text(errors="replace")

    def cpu_seconds(self) -> float:
        return cpu_seconds(self.pid)

    def resident_bytes(self) -> int:
        """What it has in memory now; 0 where it is gone."""
        try:
            pages = Path(f"/proc/{self.pid}/statm").read_text().split()[1]
        except (OSError, IndexError):
            return 0
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def wait(self, timeout: float, watch=None, every: float = 0.1) -> Finished:
        """Waits until it ends by itself, and ends it after `timeout` seconds.

        `watch` is called every so often, and says why the process is to be ended, or None.
        """
        deadline = time.monotonic() + timeout
        reason = None
        while reason is None:
            left = deadline - time.monotonic()
            if left <= 0:
                reason = f"still running after {timeout:.0f} s"
                break
            try:
                self.popen.wait(min(left, every) if watch else left)
                break
            except subprocess.TimeoutExpired:
                reason = watch() if watch else None
        return self.stop(reason)

    def stop(self, reason: str | None = None) -> Finished:
        """Ends it where it still runs, and says what it took."""
        if self._finished:
            return self._finished
        for number in (signal.SIGTERM, signal.SIGKILL):
            if self.popen.poll() is not None:
                break
            _signal_group(self.popen.pid, number)
            try:
                self.popen.wait(5)
            except subprocess.TimeoutExpired:
                pass
        _signal_group(self.popen.pid, signal.SIGKILL)
        _running.discard(self)
        with os.fdopen(self._report) as report:
            words = report.read().split()
        numbers = [int(word) for word in words] if len(words) == 5 else [0, 0, 0, 0, 137]
        self._finished = Finished(
            output=_take(self._output),
            errors=_take(self._errors),
            exit_code=numbers[4],
            cpu_seconds=(numbers[0] + numbers[1]) / 1e6,
            peak_bytes=numbers[2] * 1024,
            wall_seconds=numbers[3] / 1e9,
            killed=reason,
        )
        return self._finished


class Launcher:
    """Starts processes through the small program that pins and measures them."""

    def __init__(self, program: Path, scratch: Path):
        self.program = program
        self.scratch = scratch

    def start(self, command: list, cpu: int | None = None, environment: dict[str, str] | None = None) -> Process:
        command = [str(word) for word in command]
        reading, writing = os.pipe()
        output = tempfile.NamedTemporaryFile(dir=self.scratch, prefix="output-", delete=False)
        errors = tempfile.NamedTemporaryFile(dir=self.scratch, prefix="errors-", delete=False)
        popen = subprocess.Popen(
            [str(self.program), "-" if cpu is None else str(cpu), str(writing), *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            pass_fds=[writing],
            # A session and group of its own: Ctrl-C reaches the driver alone, which then ends the group.
            start_new_session=True,
            cwd=self.scratch,
            env={**os.environ, "LC_ALL": "C", **(environment or {})},
        )
        os.close(writing)
        process = Process(popen, 0, command, reading, output, errors)
        _running.add(process)
        process.pid = _first_number(reading)
        return process

    def run(self, command: list, cpu: int | None = None, timeout: float = 60, environment=None, watch=None) -> Finished:
        process = self.start(command, cpu, environment)
        try:
            return process.wait(timeout, watch=watch and (lambda: watch(process)))
        finally:
            process.stop("interrupted")


def cpu_seconds(pid: int) -> float:
    """User and system time of a process, all threads together, as /proc has it (in hundredths of a second)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def end_all() -> None:
    for process in list(_running):
        process.stop("the suite ended")


class Interrupted(BaseException):
    """The suite was asked to end, by a signal."""

    def __init__(self, number: int):
        self.number = number


def end_all_on_exit() -> None:
    """Ends what still runs when the suite ends, also by a signal. (Where it is SIGKILL, the launcher does.)"""
    atexit.register(end_all)

    def interrupt(number, _):
        # Once: what is then done about it is not to be interrupted again.
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, signal.SIG_IGN)
        raise Interrupted(number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)


def _first_number(descriptor: int) -> int:
    text = b""
    while not text.endswith(b"\n"):
        byte = os.read(descriptor, 1)
        if not byte:
            return 0
        text += byte
    return int(text)


def _signal_group(group: int, number: int) -> None:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        pass


def _take(file) -> str:
    file.close()
    path = Path(file.name)
    text = path.read_text(errors="replace")
    path.unlink()
    return text
