"""Everything the database needs before the site runs, in one process and safe to repeat."""

import argparse
import json
import os
from pathlib import Path
from typing import Any

import redis
from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand
from django.db import DatabaseError, OperationalError, connection
from django.utils import translation

from collection_ops.core.access import Role
from collection_ops.core.demo_accounts import DEMO_ACCOUNTS
from collection_ops.core.models import User

MINIMUM_VERSION = 150000  # PostgreSQL 15


class Command(BaseCommand):
    help = "Migrate, seed reference data and, in an empty database, load the demo portfolio."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--no-demo", action="store_true", help="leave the book empty, now and at later starts")
        parser.add_argument("--json", action="store_true", dest="as_json", help="report in lines that start.py reads")

    def handle(self, *args: Any, no_demo: bool, as_json: bool, **options: Any) -> None:
        self.as_json = as_json
        try:
            with connection.cursor():
                version = connection.pg_version  # type: ignore[attr-defined]
        except OperationalError as error:
            self._problem(
                f"无法连接数据库（{_host()}）。请检查 DATABASE_URL 与数据库服务: {_first_line(error)}",
                f"The database at {_host()} does not answer. Check DATABASE_URL and the server: {_first_line(error)}",
            )
        if version < MINIMUM_VERSION:
            self._problem(
                f"需要 PostgreSQL 15 或更新版本，{_host()} 是 {version // 10000}。",
                f"PostgreSQL 15 or newer is needed; {_host()} is {version // 10000}.",
            )
        try:
            call_command("migrate", interactive=False, verbosity=1, stdout=self.stderr)
        except DatabaseError as error:
            self._problem(
                f"数据库结构更新失败: {_first_line(error)}。请检查账号是否有建表权限，或从备份恢复后重试。",
                f"Migrating the database failed: {_first_line(error)}. Check that the account may create tables, or "
                "restore a backup and try again.",
            )
        known = get_commands()
        if "seed_reference" in known:
            call_command("seed_reference", stdout=self.stderr)
        if no_demo:
            self._remember_no_demo()
        # The demo's passwords are in the README: it never enters a site that runs in production mode.
        wanted = settings.IS_LOCAL and not _no_demo_marker().exists()
        if wanted and "make_demo" in known and not User.objects.exists():
            self._report(
                {"step": ["生成演示数据（首次约半分钟）", "Building the demo portfolio (half a minute, once)"]}
            )
            call_command("make_demo", months=3, stdout=self.stderr)
        self._report({"users": User.objects.count(), "accounts": _demo_accounts(), "warnings": _warnings()})

    def _report(self, report: dict[str, Any]) -> None:
        if self.as_json:
            self.stdout.write("first_run: " + json.dumps(report, ensure_ascii=False))
            self.stdout.flush()
        else:
            self.stdout.write(json.dumps(report, ensure_ascii=False, indent=2))

    def _problem(self, chinese: str, english: str) -> None:
        self._report({"problem": [chinese, english]})
        raise SystemExit(1)

    def _remember_no_demo(self) -> None:
        """A book left empty on purpose stays empty when the site is started later without the option."""
        if settings.IS_LOCAL and not User.objects.exists():
            settings.STATE_DIR.mkdir(parents=True, exist_ok=True)
            _no_demo_marker().touch()


def _no_demo_marker() -> Path:
    return Path(settings.STATE_DIR) / "no-demo"


def _demo_accounts() -> list[dict[str, str]]:
    """The accounts of the demo portfolio that are still there, for the greeting. Empty in production mode."""
    if not settings.IS_LOCAL:
        return []
    names = [account.username for account in DEMO_ACCOUNTS]
    there = User.objects.filter(username__in=names, is_active=True)
    existing = set(there.values_list("username", "display_name"))
    return [
        {
            "username": account.username,
            "password": account.password,
            "role_zh": _role_name(account.role, "zh-hans"),
            "role_en": _role_name(account.role, "en"),
        }
        for account in DEMO_ACCOUNTS
        if (account.username, account.display_name) in existing
    ]


def _role_name(role: str, language: str) -> str:
    with translation.override(language):
        return str(Role(role).label)


def _warnings() -> list[list[str]]:
    """What does not stop the start. Without Redis pages work and jobs wait."""
    try:
        redis.Redis.from_url(settings.CELERY_BROKER_URL, socket_connect_timeout=3, socket_timeout=3).ping()
    except (redis.RedisError, OSError, ValueError):
        return [
            [
                "Redis 没有响应：页面可用，后台任务会等待。请检查 REDIS_URL",
                "Redis does not answer: pages work, jobs wait. Check REDIS_URL",
            ]
        ]
    return []


def _host() -> str:
    database = settings.DATABASES["default"]
    return f"{database.get('HOST') or os.environ.get('PGHOST') or 'local socket'}:{database.get('PORT') or 5432}"


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
