"""What makes a case due at a moment: promises, callbacks. Each source is one small file that registers its SQL.

    @queue_source("promises")
    def promises() -> str:
        return "SELECT p.case_id, 'promise_due', p.due_on::timestamp, p.amount FROM mine m JOIN cases_promise p ON …"

The rows of a source are (case_id bigint, group text, at timestamptz, amount numeric). It joins `mine` (id, debtor_id, …: the
cases of the desk) or `latest` (id, debtor_id, and of the last contact with the person attempt_id, case_id, direction), so
that it costs what the desk holds and not what the book or the log hold. It may use %(now)s, %(today)s (the business date),
%(zone)s, %(broken_since)s and %(callback_until)s.
"""

from collections.abc import Callable, Iterator

_sources: dict[str, Callable[[], str]] = {}


def queue_source(name: str) -> Callable[[Callable[[], str]], Callable[[], str]]:
    """Registers the SQL of a source; the same twice is one."""

    def register(sql: Callable[[], str]) -> Callable[[], str]:
        if name in _sources and _sources[name] is not sql:
            raise LookupError(f"two sources named {name!r}")
        _sources[name] = sql
        return sql

    return register


def sources() -> Iterator[str]:
    """The SQL of every source, by name."""
    for name in sorted(_sources):
        yield _sources[name]()
