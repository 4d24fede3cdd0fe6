"""A Valkey (open Redis) of our own: a doorbell for jobs, nothing is kept in it.

The table of jobs is the truth and re-sends what was lost, so nothing is written to disk and a restart costs nothing.
"""

import contextlib
import signal
import socket
import subprocess
import time
from pathlib import Path

from .. import ports, processes
from ..messages import Console, Stop
from ..supervise import open_log
from .account import Account

PATIENCE = 20.0


class Valkey:
    label = "Valkey"

    def __init__(
        self, *, server: Path, home: Path, account: Account | None, password: str, log_path: Path, console: Console
    ) -> None:
        self.server = server
        self.home = home
        self.account = account
        self.password = password
        self.log_path = log_path
        self.console = console
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def start(self, wanted_port: int | None) -> None:
        port = wanted_port if wanted_port and ports.is_free("127.0.0.1", wanted_port) else ports.any_free()
        for _attempt in range(5):
            if self._launch(port):
                return
            port = ports.any_free()
        raise self._failed()

    def restart(self) -> None:
        if not self._launch(self.port):
            raise self._failed()

    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        if self.process is not None:
            processes.stop(self.process, first=signal.SIGTERM, patience=10)

    def _launch(self, port: int) -> bool:
        """Start the server; False when it ended at once, as it does when the port was taken."""
        settings = [
            "bind 127.0.0.1",
            f"port {port}",
            f"requirepass {self.password}",
            "protected-mode yes",
            'save ""',
            "appendonly no",
            # Never throw away a queue to make room: an error is seen, a lost bell is only late.
            "maxmemory 256mb",
            "maxmemory-policy noeviction",
            f'dir "{self.home}"',
            "daemonize no",
        ]
        log = open_log(self.log_path)
        try:
            # The settings go by stdin: a command line, and so the password in it, is open to everybody on the machine.
            self.process = processes.spawn(
                [self.server, "-"],
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
                cwd=self.home,
                stdin=subprocess.PIPE,
                stdout=log or subprocess.DEVNULL,
                account=self.account.ids if self.account else None,
            )
        finally:
            if log is not None:
                log.close()
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(("\n".join(settings) + "\n").encode())
            self.process.stdin.close()
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                return False
            if self._answers(port):
                self.port = port
                return True
            time.sleep(0.03)
        processes.stop(self.process, patience=1)
        raise self._failed()

    def _answers(self, port: int) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
            answer = b""
            while answer.count(b"\r\n") < 2:
                part = connection.recv(256)
                if not part:
                    break
                answer += part
            return answer.startswith(b"+OK\r\n+PONG")
        return False

    def _failed(self) -> Stop:
        return Stop(
            f"Valkey（Redis）无法启动，原因见 {self.log_path}。也可以设置 REDIS_URL 使用已有的 Redis。",
            f"Valkey (Redis) does not start; {self.log_path} says why. You can also set REDIS_URL to a Redis that you "
            "have.",
        )
