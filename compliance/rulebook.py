"""The rules in force: the shipped packs with what people changed, kept in memory by each process.

The table of changes is small and grows only; its key (the ids of what is active) comes with the query that the gate makes
anyway, so that every process sees a change with its very next question, and asks for the changes themselves only then.
"""

import logging
from datetime import date, datetime

from django.db import connection

from compliance.models import RuleChange
from compliance.rules.packs import Pack, Rule, pack_names, shipped
from compliance.rules.versions import Change, unusable, versions

logger = logging.getLogger(__name__)

KEY = "(SELECT coalesce(string_agg(id::text, ',' ORDER BY id), '') FROM compliance_rulechange WHERE state = 'active')"
"""SQL of the key, for a query that has other business too."""

_books: dict[str, tuple[Rule, ...]] = {}


def rules_in_force(day: date | None = None, *, key: str | None = None) -> tuple[Rule, ...]:
    """All rules in all their versions: each knows from when until when it holds, so that an old question is judged by the
    rules of its day. With a `day` only those whose source is in force on it. `key` spares the query for it."""
    if key is None:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {KEY}")
            key = str(cursor.fetchone()[0])
    rules = _books.get(key)
    if rules is None:
        rules = _book(active_changes(key))
        _books.clear()  # the one before is asked for no more
        _books[key] = rules
    return rules if day is None else tuple(rule for rule in rules if rule.in_force(day))


def packs() -> list[Pack]:
    """The shipped ones."""
    return [shipped(name) for name in pack_names()]


def active_changes(key: str | None = None) -> list[Change]:
    """What was changed, in the order in which it was made. With a `key` exactly what that names: a change that came since
    belongs to the next one."""
    found = RuleChange.objects.filter(state="active").order_by("pk")
    if key is not None:
        found = found.filter(pk__in=[int(pk) for pk in key.split(",") if pk])
    return [change_of(row) for row in found]


def change_of(row: RuleChange, begins_at: datetime | None = None) -> Change:
    """A row as the versions of rules see it; one that is not active yet as of `begins_at`."""
    begins = row.begins_at or begins_at
    assert begins is not None, "a proposal has no beginning of its own"
    return Change(row.pack, begins, row.rule, row.params, row.verdict or None, row.switched_on)  # type: ignore[arg-type]


def _book(changes: list[Change]) -> tuple[Rule, ...]:
    known = packs()
    lost = unusable(known, changes)
    for change in lost:  # a pack was shipped without what had been changed; the invariant I14c tells people
        logger.error("change of a rule cannot be applied", extra={"pack": change.pack, "rule": change.rule})
    return versions(known, [change for change in changes if change not in lost])
