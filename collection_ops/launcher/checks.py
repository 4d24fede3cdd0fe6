"""`start.py test`: everything a change must pass, on engines of its own that are gone afterwards.

With arguments it runs those tests only, as `pytest` would: `start.py test tests/cases -x`. `--tests-only` runs the suite
without the checks in front of it; what follows is for pytest (.ci/run, when it comes back with another database).
"""

import os
import shutil
import subprocess
import time
from dataclasses import dataclass, field, replace

from . import front_end, site
from .engines import Engines
from .messages import Console, Stop
from .places import Places

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CODE = ("start.py", "manage.py", "collection_ops", "cases", "compliance", "agents", "vendors", "reports")
COMPOSE = "docker-compose.yml"
MOST_WORKERS = 4
TESTS_ONLY = "--tests-only"


@dataclass(frozen=True)
class Check:
    name: str
    command: list[str]
    env: dict[str, str] = field(default_factory=dict)


def run(places: Places, console: Console, *, arguments: list[str]) -> int:
    """Exit code 0 when everything passed."""
    browser = find_browser()
    extra = ["requirements-dev.txt", *(["requirements-e2e.txt"] if browser else [])]
    # A state of its own: keys, uploads and engines of the tests never meet those of a running site.
    own = replace(places, state=places.state / "test")
    places.create(as_root=_is_root())
    console.log_file = places.logs / "start.log"
    site.ready_tools(own, console, extra=tuple(extra), assets=False)
    front_end.ensure(places, console)
    if not browser:
        console.say(
            "没有找到 Chromium，浏览器测试将跳过（Debian: sudo apt install chromium fonts-noto-cjk）",
            "no Chromium was found, so browser tests are skipped (Debian: sudo apt install chromium fonts-noto-cjk)",
        )
    with Engines(own, console, throwaway=True) as engines:
        env = site.environment(own, engines) | {"ASSETS_DIR": str(places.assets)}
        failed = [] if arguments else _run_checks(static_checks(places), places, env)
        code = _pytest(places, env, chosen(arguments))
    if failed:
        raise Stop(
            f"未通过: {'、'.join(failed)}。原因在上面，pytest 之前。",
            f"Not passed: {', '.join(failed)}. The reasons are above, before pytest's part.",
        )
    return code


def static_checks(places: Places) -> list[Check]:
    """What is looked at without running the site."""
    tools = places.python.parent
    python = str(places.python)
    code = [name for name in CODE if (places.checkout / name).exists()]
    production = {
        "COLLECTION_OPS_MODE": "production",
        "ALLOWED_HOSTS": "collection.example.com",
        "CSRF_TRUSTED_ORIGINS": "https://collection.example.com",
        "TRUSTED_PROXIES": "1",
        "DEBUG": "0",
    }
    return [
        Check("ruff", [str(tools / "ruff"), "check", "."]),
        Check("import-linter", [str(tools / "lint-imports")]),
        Check("djlint", [str(tools / "djlint"), "templates", "--lint", "--quiet"]),
        Check("compose", [str(tools / "check-jsonschema"), "--builtin-schema", "vendor.compose-spec", COMPOSE]),
        Check("migrations", [python, "manage.py", "makemigrations", "--check", "--dry-run"]),
        Check("deploy", [python, "manage.py", "check", "--deploy", "--fail-level", "WARNING"], production),
        Check("mypy", [str(tools / "mypy"), *code]),
    ]


def find_browser() -> str | None:
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def chosen(arguments: list[str]) -> list[str]:
    """What pytest is asked: the suite but for its slow tests, or these slow ones (`-m slow`, as .ci/run does), or what was
    named."""
    if arguments and arguments[0] != TESTS_ONLY:
        return arguments
    rest = arguments[1:]
    return [*parallel(), *([] if "-m" in rest else ["-m", "not slow"]), *rest]


def parallel() -> list[str]:
    """Tests that start real programs or a browser stay in one process (xdist_group); the others are shared out."""
    workers = min(os.cpu_count() or 1, MOST_WORKERS)
    return ["-n", str(workers), "--dist", "loadgroup"] if workers > 1 else []


def _run_checks(checks: list[Check], places: Places, env: dict[str, str]) -> list[str]:
    """Run all of them, whatever fails; print the output of those that do. Returns the names of the failed."""
    failed = []
    for check in checks:
        started = time.monotonic()
        result = subprocess.run(
            check.command,
            cwd=places.checkout,
            env=env | check.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        passed = result.returncode == 0
        print(f"{'✓' if passed else '✗'} {check.name} ({time.monotonic() - started:.1f} s)", flush=True)
        if not passed:
            print(result.stdout, flush=True)
            failed.append(check.name)
    return failed


def _pytest(places: Places, env: dict[str, str], arguments: list[str]) -> int:
    command = [str(places.python), "-m", "pytest", *arguments]
    process = subprocess.Popen(command, cwd=places.checkout, env=env)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue  # pytest got it too and closes in order


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0
