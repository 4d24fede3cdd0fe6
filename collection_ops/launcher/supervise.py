"""Keeps a few programs running: says which one died, starts it again, gives up when it keeps dying.

Used by `manage.py up` (web, worker, beat) and by `start.py` (which also watches the engines and `up` itself).
"""

import collections
import contextlib
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from . import processes

RESTARTS = 3
WITHIN_SECONDS = 60.0
LOG_LIMIT_BYTES = 10 * 1024 * 1024

# A log line of this level is for the file: a terminal that scrolls all day hides the one line that matters.
ROUTINE = '"level": "INFO"'

Say = Callable[[str, str], None]


@dataclass
class Restarts:
    """At most `limit` restarts within `within` seconds; after that the fault is not a passing one."""

    limit: int = RESTARTS
    within: float = WITHIN_SECONDS
    _moments: collections.deque[float] = field(default_factory=collections.deque)

    def allow(self, now: float) -> bool:
        while self._moments and now - self._moments[0] > self.within:
            self._moments.popleft()
        if len(self._moments) >= self.limit:
            return False
        self._moments.append(now)
        return True


@dataclass
class Program:
    name: str
    command: Sequence[str]
    restarts: Restarts = field(default_factory=Restarts)
    process: subprocess.Popen[bytes] | None = None


class StopRequest:
    """Set by Ctrl-C, SIGTERM, SIGHUP. A handler only notes it; the loop that watches does the work."""

    def __init__(self) -> None:
        self.requested = False

    def listen(self) -> None:
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), self._note)

    def _note(self, number: int, frame: object) -> None:
        self.requested = True


class Supervisor:
    """Runs programs until asked to stop (0) or until one keeps dying (1)."""

    def __init__(
        self,
        programs: Sequence[Program],
        *,
        env: dict[str, str],
        cwd: Path,
        log_folder: Path,
        say: Say,
        patience: float = 10.0,
    ) -> None:
        self.programs = list(programs)
        self.env = env
        self.cwd = cwd
        self.log_folder = log_folder
        self.say = say
        self.patience = patience
        self._width = max(len(program.name) for program in programs)
        self._terminal = threading.Lock()

    def run(self, stop: StopRequest, *, every: Callable[[], None] | None = None) -> int:
        """`every` is called about three times a second, for whoever has more to watch."""
        try:
            for program in self.programs:
                self._start(program)
            while not stop.requested:
                for program in self.programs:
                    if not self._alive_or_restarted(program):
                        return 1
                if every is not None:
                    every()
                time.sleep(0.3)
            return 0
        finally:
            self._stop_all()

    def _start(self, program: Program) -> None:
        program.process = processes.spawn(program.command, env=self.env, cwd=self.cwd, stdout=subprocess.PIPE)
        assert program.process.stdout is not None
        reader = threading.Thread(
            target=self._relay, args=(program.name, program.process.stdout), name=f"log-{program.name}", daemon=True
        )
        reader.start()

    def _alive_or_restarted(self, program: Program) -> bool:
        assert program.process is not None
        code = program.process.poll()
        if code is None:
            return True
        processes.sweep(program.process)
        chinese, english = processes.how_it_ended(code)
        if not program.restarts.allow(time.monotonic()):
            self.say(
                f"✗ 进程 {program.name} 一再停止（{chinese}），全部停止。日志: {self.log_folder / program.name}.log",
                f"process {program.name} keeps stopping ({english}); stopping everything. "
                f"Log: {self.log_folder / program.name}.log",
            )
            return False
        self.say(
            f"! 进程 {program.name} 意外停止（{chinese}），正在重新启动",
            f"process {program.name} stopped unexpectedly ({english}); starting it again",
        )
        self._start(program)
        return True

    def _stop_all(self) -> None:
        # All are asked at once, so the slowest one sets the time, and none restarts work for another.
        running = [program.process for program in self.programs if program.process is not None]
        for process in running:
            if process.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    process.terminate()
        deadline = time.monotonic() + self.patience
        for process in running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, deadline - time.monotonic()))
        for process in running:
            processes.sweep(process)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(5)

    def _relay(self, name: str, stream: BinaryIO) -> None:
        """Copy a child's lines to its log file and, unless they are routine, to the terminal with its name in front."""
        prefix = f"{name:<{self._width}} | "
        log = open_log(self.log_folder / f"{name}.log")
        with stream:
            for raw in iter(stream.readline, b""):
                if log is not None:
                    try:
                        log.write(raw)
                        log.flush()
                    except OSError:
                        log = None  # a full disk must not block the program behind the pipe
                line = raw.decode("utf-8", "replace").rstrip()
                if not line or ROUTINE in line:
                    continue
                with self._terminal, contextlib.suppress(OSError, ValueError):
                    sys.stdout.write(prefix + line + "\n")
                    sys.stdout.flush()
        if log is not None:
            log.close()


def open_log(path: Path) -> BinaryIO | None:
    """A log to append to, moved aside once when it has grown; None where nothing can be written."""
    try:
        if path.exists() and path.stat().st_size > LOG_LIMIT_BYTES:
            path.replace(path.with_suffix(".log.1"))
        return path.open("ab")
    except OSError:
        return None
