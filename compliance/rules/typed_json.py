"""Values of JSON as the fields of a dataclass want them: facts and the parameters of rules are read by this one reader."""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import fields
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

T = TypeVar("T")


def built(cls: type[T], data: Mapping[str, Any], zone: ZoneInfo | None = None) -> T:
    """`cls` from its fields in JSON; a moment without a zone is one of `zone`. Raises ValueError for a value that is not
    what the field wants, TypeError for a field that is missing or unknown."""
    hints = hints_of(cls)
    return cls(**{name: _value(hints.get(name), value, zone) for name, value in data.items()})


def first_problem(schema: Path, data: Any, *, name: str) -> str:
    """Where `data`, called `name`, is not what `schema` says, and what is wanted there; nothing when all is well."""
    found = min(_validator(schema).iter_errors(data), key=lambda error: list(map(str, error.path)), default=None)
    return f"{'.'.join(map(str, found.path)) or name}: {found.message}" if found is not None else ""


@lru_cache(maxsize=4)
def _validator(schema: Path) -> Any:
    # Imported where a file is read: it takes as long as all of this app, and most processes read none.
    import jsonschema

    return jsonschema.Draft202012Validator(json.loads(schema.read_text(encoding="utf-8")))


def field_names(cls: type) -> set[str]:
    return {item.name for item in fields(cls)}


def hints_of(cls: type) -> dict[str, Any]:
    """What each field of the class wants."""
    return _hints(cls)


@lru_cache(maxsize=128)
def _hints(cls: type) -> dict[str, Any]:
    return get_type_hints(cls)


def _value(hint: Any, value: Any, zone: ZoneInfo | None) -> Any:
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        return None if value is None else _value(get_args(hint)[0], value, zone)
    if origin is tuple:
        return tuple(_value(get_args(hint)[0], item, zone) for item in value)
    if origin is Literal and value not in get_args(hint):
        raise ValueError(f"{value!r} is none of {', '.join(map(str, get_args(hint)))}")
    if hint is dt.datetime:
        moment = dt.datetime.fromisoformat(value)
        return moment if moment.tzinfo else moment.replace(tzinfo=zone)
    if hint in (dt.date, dt.time):
        return hint.fromisoformat(value)
    if hint is Decimal:
        return Decimal(str(value))
    if hint is int and (isinstance(value, bool) or not isinstance(value, int)):
        raise ValueError(f"{value!r} is no whole number")
    if hint is bool and not isinstance(value, bool):
        raise ValueError(f"{value!r} is neither true nor false")
    return built(hint, value, zone) if isinstance(value, Mapping) else value
