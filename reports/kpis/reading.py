"""What the figures of one page ask alike is asked once: files, versions in force, marks on the facts."""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

Found = TypeVar("Found")
_kept: ContextVar[dict[Hashable, Any] | None] = ContextVar("kept", default=None)


@contextmanager
def one_reading(kept: dict[Hashable, Any]) -> Iterator[None]:
    """Within, `once` keeps what it finds in `kept`: for figures that are shown together, and not across a write."""
    token = _kept.set(kept)
    try:
        yield
    finally:
        _kept.reset(token)


def once(key: Hashable, ask: Callable[[], Found]) -> Found:
    """`ask()`, or what it found before in the same reading; outside of one it is asked each time."""
    kept = _kept.get()
    if kept is None:
        return ask()
    if key not in kept:
        kept[key] = ask()
    found: Found = kept[key]
    return found
