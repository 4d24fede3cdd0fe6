"""The whole command, for real: the site comes up, survives a killed worker, and leaves nothing behind.

Runs where `.venv` holds what requirements.txt asks for, as it does under `python3 start.py test`.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from collection_ops.launcher import python_env
from collection_ops.launcher.engines import home
from collection_ops.launcher.places import Places

CHECKOUT = Path(__file__).resolve().parent.parent.parent
NEEDED = ("requirements.txt", "requirements-local.txt")

pytestmark = [pytest.mark.faults, pytest.mark.slow]


def installed():
    places = Places(checkout=CHECKOUT, state=CHECKOUT / "var")
    return all(python_env._stamp_matches(places, name) for name in NEEDED)


class Site:
    def __init__(self, places, env):
        self.places = places
        self.env = env
        self.output = places.state / "out.txt"
        self.process = None

    def command(self, *arguments):
        return subprocess.run(
            [sys.executable, str(CHECKOUT / "start.py"), *arguments],
            env=self.env,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def start(self):
        with self.output.open("w") as file:
            self.process = subprocess.Popen(
                [sys.executable, str(CHECKOUT / "start.py"), "--no-demo"], env=self.env, stdout=file, stderr=file
            )
        assert self.until(lambda: "is running" in self.said() or self.process.poll() is not None, 120), self.said()
        assert self.process.poll() is None, self.said()

    def said(self):
        return self.output.read_text()

    def url(self):
        return json.loads((self.places.run / "site.json").read_text())["url"]

    def ready(self):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with contextlib.suppress(OSError), opener.open(self.url() + "readyz", timeout=5) as answer:
            return answer.status == 200
        return False

    def programs(self):
        """Every process of this site: its state folder is in its environment or on its command line."""
        found = {}
        for place in Path("/proc").iterdir():
            if not place.name.isdigit() or int(place.name) in (os.getpid(), self.process.pid):
                continue
            with contextlib.suppress(OSError):
                line = (place / "cmdline").read_bytes().replace(b"\0", b" ")
                surroundings = (place / "environ").read_bytes() + line + str((place / "cwd").resolve()).encode()
                state, engines = str(self.places.state).encode(), str(self.places.engines.resolve()).encode()
                if state in surroundings or engines in surroundings:
                    found[int(place.name)] = line.decode()
        return found

    @staticmethod
    def until(condition, seconds):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if condition():
                return True
            time.sleep(0.1)
        return False


@pytest.fixture
def site(tmp_path):
    if sys.platform != "linux":
        pytest.skip("counts processes in /proc")
    if not installed():
        pytest.skip("needs the .venv that `python3 start.py prepare` makes")
    places = Places(checkout=CHECKOUT, state=tmp_path / "state")
    env = {name: value for name, value in os.environ.items() if not name.startswith(("DATABASE_URL", "REDIS_URL"))}
    env["COLLECTION_OPS_STATE"] = str(places.state)
    env.pop("COLLECTION_OPS_MODE", None)
    assets = Path(os.environ.get("ASSETS_DIR") or CHECKOUT / "var" / "assets")
    places.create(as_root=os.geteuid() == 0)
    if (assets / ".installed").exists():  # spares npm
        shutil.copytree(assets, places.assets)
    env.pop("ASSETS_DIR", None)
    site = Site(places, env)
    yield site
    if site.process is not None and site.process.poll() is None:
        site.process.kill()
        site.process.wait()
        site.until(lambda: not site.programs(), 20)
    home.remove(places.engines)


def test_from_the_first_start_to_the_last_process(site):
    site.start()
    assert site.ready()
    assert site.said().count(site.url()) >= 3, "site, admin and health are printed"
    first = site.programs()
    assert len(first) >= 6, "PostgreSQL, Valkey, up, web, worker, beat"

    # A second start of the same state folder says where the first one is.
    second = site.command()
    assert second.returncode == 0 and site.url() in second.stdout

    # A management command beside it shares its database; stdout is the command's own.
    listing = site.command("manage", "shell", "--no-imports", "-c", "print('from the command')")
    assert listing.returncode == 0, listing.stderr
    assert listing.stdout == "from the command\n"

    # A killed worker is reported and replaced.
    worker = next(pid for pid, line in site.programs().items() if "celery" in line and " worker " in line)
    os.kill(worker, signal.SIGKILL)
    assert site.until(lambda: "worker" in site.said() and "SIGKILL" in site.said(), 10), site.said()
    assert "正在重新启动" in site.said() and site.ready()

    # Ctrl-C ends everything.
    site.process.send_signal(signal.SIGINT)
    assert site.process.wait(30) == 0, site.said()
    assert site.until(lambda: not site.programs(), 5), site.programs()
    assert "Traceback" not in site.said()

    # Even kill -9 of the command itself leaves nothing, and the next start is not hindered.
    site.start()
    site.process.kill()
    site.process.wait()
    assert site.until(lambda: not site.programs(), 20), site.programs()

    site.start()
    assert site.ready()
    stopped = site.command("stop")
    assert stopped.returncode == 0 and "stopped" in stopped.stdout
    assert site.process.wait(10) == 0
    assert not site.programs()


def test_a_backup_brings_back_what_was_there(site, tmp_path):
    shell = ("manage", "shell", "--no-imports", "-c")
    count = "from collection_ops.core.models import User; print(User.objects.count())"
    assert site.command("prepare", "--no-demo").returncode == 0
    add = "from collection_ops.core.models import User; User.objects.create(username='kept', display_name='在')"
    assert site.command(*shell, add).returncode == 0
    (site.places.media / "evidence.bin").write_bytes(b"kept")

    saved = site.command("backup", str(tmp_path / "backup"))
    assert saved.returncode == 0, saved.stderr
    assert not list((tmp_path / "backup").rglob("*key*")), "keys are never beside the data they protect"
    assert (tmp_path / "backup" / "database.dump").stat().st_mode & 0o777 == 0o600

    assert (
        site.command(*shell, "from collection_ops.core.models import User; User.objects.all().delete()").returncode == 0
    )
    (site.places.media / "evidence.bin").unlink()
    assert site.command(*shell, count).stdout == "0\n"

    restored = site.command("restore", str(tmp_path / "backup"))
    assert restored.returncode == 0, restored.stderr
    assert site.command(*shell, count).stdout == "1\n"
    assert (site.places.media / "evidence.bin").read_bytes() == b"kept"
    assert list(site.places.backups.glob("before-restore-*/database.dump")), "what was replaced is kept"
