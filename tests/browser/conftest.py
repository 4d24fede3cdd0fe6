"""A real browser before the real site, with a real worker behind it. Skipped, with a sentence, where one is missing."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders

from tests.real_programs import corner_of_the_broker, start_worker, stop

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER_OPTIONS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


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
    with corner_of_the_broker() as prefix:
        media = Path(settings.MEDIA_ROOT)
        process = start_worker(
            prefix=prefix, media=media, log=tmp_path / "worker.log", options=["-P", "threads", "-c", "2"]
        )
        yield process
        stop(process)
