"""Statements written by hand, where a month is read or written in sets."""

from collections.abc import Mapping
from typing import Any

from django.db import connection


def all_rows(sql: str, given: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """All rows of one statement; `given`: its parameters by name."""
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        return cursor.fetchall()
