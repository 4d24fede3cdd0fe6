"""Every route of the site, with the line of the access table that covers it."""

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from django.apps import apps
from django.db import connection
from django.urls import URLPattern, URLResolver, get_resolver

from collection_ops.core.access import matrix


@dataclass(frozen=True)
class Route:
    name: str
    arguments: tuple[str, ...]
    capability: str | None  # of the view, if it says one
    pattern: str
    scopes: tuple[tuple[str, str], ...] = ()  # of a view of the API: (method, scope of the token)


def all_routes() -> list[Route]:
    return list(_walk(get_resolver().url_patterns, "", "", ()))


def _walk(patterns: list[Any], namespace: str, prefix: str, arguments: tuple[str, ...]) -> Iterator[Route]:
    for pattern in patterns:
        names = (*arguments, *_arguments_of(pattern))
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _walk(pattern.url_patterns, inner, f"{prefix}{pattern.pattern}", names)
        elif isinstance(pattern, URLPattern):
            yield Route(
                name=f"{namespace}{pattern.name or ''}",
                arguments=names,
                capability=getattr(pattern.callback, "capability", None),
                pattern=f"{prefix}{pattern.pattern}",
                scopes=tuple(getattr(pattern.callback, "scopes", {}).items()),
            )


def _arguments_of(pattern: Any) -> tuple[str, ...]:
    converters = getattr(pattern.pattern, "converters", None)
    if converters:
        return tuple(converters)
    regex = getattr(pattern.pattern, "regex", None)
    return tuple(regex.groupindex) if regex is not None else ()


def line_of(route_name: str) -> str | None:
    """What the table asks for a route (capability, @login, @public): its own line, else a pattern such as admin:*."""
    routes: dict[str, str] = matrix()["routes"]
    if route_name in routes:
        return routes[route_name]
    fitting = [line for line in routes if "*" in line and fnmatchcase(route_name, line)]
    return routes[max(fitting, key=len)] if fitting else None


def count_rows(left_out: frozenset[str]) -> dict[str, int]:
    """Rows of every table but these."""
    tables = {m._meta.db_table for m in apps.get_models() if m._meta.managed and not m._meta.proxy} - left_out
    return dict(_of_all(f"SELECT '{table}', count(*) FROM \"{table}\"" for table in sorted(tables)))


def tables_with(number: int) -> list[str]:
    """Tables with a row of this id."""
    tables = {m._meta.db_table for m in apps.get_models() if m._meta.managed and m._meta.pk.name == "id"}
    parts = (f"SELECT '{table}' FROM \"{table}\" WHERE id = {int(number)}" for table in sorted(tables))
    return [table for (table,) in _of_all(parts)]


def _of_all(parts: Iterable[str]) -> list[Any]:
    """A statement that names all tables takes most of its time to be planned: it is, once a connection."""
    statement = " UNION ALL ".join(parts)
    name = f"of_all_{zlib.crc32(statement.encode())}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_prepared_statements WHERE name = %s", [name])
        if cursor.fetchone() is None:
            cursor.execute(f"PREPARE {name} AS {statement}")
        cursor.execute(f"EXECUTE {name}")
        return cursor.fetchall()
