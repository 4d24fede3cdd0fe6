"""A database of one's own for the length of a block, on the server that the site uses. For benchmarks: nothing they do can
touch the real book."""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.utils import DatabaseError

PREFIX = "collection_ops_scratch_"


class ScratchRefused(Exception):
    """The server does not let us make a database; the sentence says why."""


@contextmanager
def scratch_database(*, like: str | None = None) -> Iterator[str]:
    """Name of a new database, dropped at the end whoever is still in it. Empty with the site's encoding and order of text,
    or a copy of the database `like`, in which nobody may be working."""
    name = PREFIX + secrets.token_hex(6)
    try:
        with _server() as cursor:
            cursor.execute(f'CREATE DATABASE "{name}" {_options(cursor, like)}')
    except DatabaseError as error:
        raise ScratchRefused(
            f"No temporary database could be made ({str(error).strip()}). The account of DATABASE_URL needs the right to "
            f"create databases: ALTER ROLE … CREATEDB."
        ) from error
    try:
        yield name
    finally:
        with _server() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def _server() -> Iterator[CursorWrapper]:
    # As Django makes its test databases.
    with connection._nodb_cursor() as cursor:
        yield cursor


def _options(cursor: CursorWrapper, like: str | None) -> str:
    if like is not None:
        return f'TEMPLATE "{like}"'
    # As JSON, since the columns differ from one version of PostgreSQL to the next.
    cursor.execute("SELECT to_jsonb(d)::text FROM pg_database d WHERE datname = %s", [connection.settings_dict["NAME"]])
    found = json.loads(cursor.fetchone()[0])
    locale = found.get("datlocale") or found.get("daticulocale")
    provider = {
        "b": f"LOCALE_PROVIDER builtin BUILTIN_LOCALE '{locale}'",
        "i": f"LOCALE_PROVIDER icu ICU_LOCALE '{locale}'",
    }
    return (
        f"TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE '{found['datcollate']}' LC_CTYPE '{found['datctype']}' "
        + provider.get(found.get("datlocprovider", "c"), "")
    )
