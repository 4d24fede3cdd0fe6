"""A real browser before the real site, with a real worker behind it. Skipped, with a sentence, where one is missing."""

import os
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.db import connection
from kombu import pools

from collection_ops.celery import app

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER_OPTIONS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
ROOT = Path(__file__).resolve().parents[2]

# Started apart from the test: same code, the test's database, and a corner of the broker that no other worker reads.
WORKER = """
import os
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "collection_ops.settings")
from collection_ops.celery import app
app.conf.broker_transport_options = {
    **app.conf.broker_transport_options, "global_keyprefix": os.environ["TEST_BROKER_PREFIX"]
}
app.worker_main(["worker", "-P", "threads", "-c", "2", "-Q", "default,imports,reports", "--loglevel", "WARNING"])
"""


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """One browser for all tests."""
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip("no Chromium on this machine: the browser tests need one (apt-get install chromium)")
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed (requirements-e2e.txt)")
    if finders.find("vendor/tabler.min.css") is None:
        pytest.skip("the front-end files are not prepared: python3 start.py prepare")
    # Playwright runs an event loop in this thread; the ORM takes that for asynchronous code and would refuse.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=BROWSER_OPTIONS)
        yield browser
        browser.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def complaints() -> list[str]:
    """What the browser had to complain about: script errors, refused styles and scripts, missing files."""
    return []


@pytest.fixture
def page(chromium: Any, live_server: Any, complaints: list[str]) -> Iterator[Any]:
    """A fresh profile at the site."""
    context = chromium.new_context(
        base_url=live_server.url, viewport={"width": 1440, "height": 900}, locale="zh-CN", accept_downloads=True
    )
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()


@pytest.fixture
def worker(transactional_db: None, settings: Any, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A Celery worker of its own process on the test's database."""
    prefix = f"test-{secrets.token_hex(6)}:"
    options_before = app.conf.broker_transport_options
    app.conf.broker_transport_options = {**options_before, "global_keyprefix": prefix}
    _forget_connections()
    database = connection.settings_dict
    url = "postgres://{}:{}@{}:{}/{}".format(
        database["USER"],
        database["PASSWORD"],
        database["HOST"] or "127.0.0.1",
        database["PORT"] or 5432,
        database["NAME"],
    )
    with (tmp_path / "worker.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", WORKER],
            cwd=ROOT,
            env={
                **os.environ, "DATABASE_URL": url, "MEDIA_ROOT": str(settings.MEDIA_ROOT), "TEST_BROKER_PREFIX": prefix,
            },
            stdout=log,
            stderr=log,
            start_new_session=True,
        )  # fmt: skip
    yield process
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    app.conf.broker_transport_options = options_before
    _forget_connections()


def _forget_connections() -> None:
    """The next message opens a connection with the options as they are now; closed pools cannot be opened again."""
    app.pool.force_close_all()
    app._pool = None
    app.amqp._producer_pool = None
    pools.reset()
