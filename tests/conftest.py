"""The standing cast and the real parts: every test meets the same people, set up through the services.

The collector, her team leader, the supervisor, the data clerk, the vendor manager, the compliance officer, finance, the
manager, the administrator, the auditor, and the outsider who has an account but no role and must never get in.
"""

import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.db.backends.base.operations import BaseDatabaseOperations
from django.test import Client
from django.utils import translation

from collection_ops.core import scratch
from collection_ops.core.access import Role
from collection_ops.core.models import User
from collection_ops.core.services.accounts import create_user
from tests.staff import qualify

PASSWORD = "a-password-for-tests"
SHARED_DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in this hook, too
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that start real programs or a browser run one after the other, whatever the number of processes; so do those
    that share the migrated database."""
    for item in items:
        if item.get_closest_marker("faults") or item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.xdist_group("real"))
        elif "migrated_scratch" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("scratch"))


@pytest.fixture(autouse=True, scope="session")
def _flush_what_was_filled() -> Iterator[None]:
    """Tests that commit are cleaned up after by emptying every table: a TRUNCATE of all of them makes new files for each and
    its indexes, whatever was in them. Here only those with rows are emptied. What refuses to be emptied (the audit trail,
    the contact log) is: only here, by a superuser's session setting that switches ordinary triggers off, and by switching
    off, in the same transaction, those that fire nevertheless."""
    from django.db.backends.postgresql.operations import DatabaseOperations

    original = DatabaseOperations.execute_sql_flush

    def flush(self: BaseDatabaseOperations, sql_list: Iterable[str]) -> None:
        tables = re.findall(r'"([^"]+)"', " ".join(sql_list))
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(f"(SELECT '{table}' FROM \"{table}\" LIMIT 1)" for table in tables))
            filled = [table for (table,) in cursor.fetchall()]
            cursor.execute(
                "SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
                "WHERE t.tgenabled = 'A' AND c.relname = ANY(%s)",
                [filled],
            )
            stubborn = cursor.fetchall()
            cursor.execute("SET LOCAL session_replication_role = replica")
            for table, trigger in stubborn:
                cursor.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER "{trigger}"')
            for table in filled:
                cursor.execute(f'DELETE FROM "{table}"')
            for table, trigger in stubborn:
                cursor.execute(f'ALTER TABLE "{table}" ENABLE ALWAYS TRIGGER "{trigger}"')

    DatabaseOperations.execute_sql_flush = flush  # type: ignore[method-assign]
    yield
    DatabaseOperations.execute_sql_flush = original  # type: ignore[method-assign]


@pytest.fixture(scope="session")
def _migrated(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """A database with all tables, in which nobody works."""
    program = (
        "import sys, django; django.setup(); from django.db import connection; from django.core.management import "
        "call_command; connection.settings_dict['NAME'] = sys.argv[1]; call_command('migrate', verbosity=0)"
    )
    with django_db_blocker.unblock(), scratch.scratch_database() as name:
        subprocess.run([sys.executable, "-c", program, name], cwd=settings.BASE_DIR, check=True)
        yield name


@pytest.fixture
def migrated_scratch(_migrated: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The databases that a benchmark makes for itself begin with their tables there: making them took half of its test."""
    options = scratch._options
    monkeypatch.setattr(scratch, "_options", lambda cursor, like: options(cursor, like or _migrated))


@pytest.fixture(autouse=True)
def _private_folders(settings: Any, tmp_path: Path) -> None:
    """Uploads and the inbox of a test live in its own folder; passwords are hashed fast, and a new client does not look at
    every front-end file first (which took two thirds of a walk over all routes)."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.INTAKE_INBOX = tmp_path / "inbox"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.AXES_ENABLED = False
    settings.WHITENOISE_AUTOREFRESH = True


@pytest.fixture(autouse=True)
def _read_in_chinese(settings: Any) -> Iterator[None]:
    """A page asked for in English leaves its language to the thread, and so to the next test."""
    with translation.override(settings.LANGUAGE_CODE):
        yield


def _person(username: str, display_name: str, *roles: Role, unit: str = "") -> User:
    user = create_user(
        username=username, display_name=display_name, password=PASSWORD, roles=list(roles), actor=None, unit=unit
    )
    if set(roles) & {Role.COLLECTOR, Role.TEAM_LEADER, Role.SUPERVISOR}:
        qualify(user)
    return user


@pytest.fixture
def collector(db: None) -> User:
    return _person("lin.collector", "林催收", Role.COLLECTOR, unit="team-a")


@pytest.fixture
def team_leader(db: None) -> User:
    return _person("zu.leader", "祖组长", Role.TEAM_LEADER, unit="team-a")


@pytest.fixture
def supervisor(db: None) -> User:
    return _person("zhu.supervisor", "朱主管", Role.SUPERVISOR)


@pytest.fixture
def clerk(db: None) -> User:
    return _person("shu.clerk", "舒专员", Role.CLERK)


@pytest.fixture
def vendor_manager(db: None) -> User:
    return _person("wei.vendor", "魏委外", Role.VENDOR_MANAGER)


@pytest.fixture
def compliance_officer(db: None) -> User:
    return _person("he.compliance", "何合规", Role.COMPLIANCE)


@pytest.fixture
def finance(db: None) -> User:
    return _person("cai.finance", "蔡财务", Role.FINANCE)


@pytest.fixture
def manager(db: None) -> User:
    return _person("jing.manager", "景经理", Role.MANAGER)


@pytest.fixture
def admin_user(db: None) -> User:
    return _person("guan.admin", "关管理", Role.ADMIN)


@pytest.fixture
def auditor(db: None) -> User:
    return _person("shen.auditor", "沈审计", Role.AUDITOR)


@pytest.fixture
def outsider(db: None) -> User:
    """Has an account and no role."""
    return _person("wai.outsider", "外来人")


@pytest.fixture
def client_as() -> Callable[[User], Client]:
    """A browser in which the person is signed in."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in


@pytest.fixture
def shared_data() -> Path:
    """Real month-end books; skipped where the folder is not beside the checkout."""
    import os

    folder = Path(os.environ.get("SHARED_DATA", SHARED_DATA))
    if not folder.is_dir():
        pytest.skip("the month-end books (shared/data) are not beside this checkout")
    return folder


@pytest.fixture
def rows_written(db: None) -> Callable[[str], int]:
    """Counts the rows of a table, straight from the database."""

    def count(table: str) -> int:
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT count(*) FROM "{table}"')  # table names come from the tests themselves
            return int(cursor.fetchone()[0])

    return count
