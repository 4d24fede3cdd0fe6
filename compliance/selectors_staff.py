"""Who may contact debtors, as far as it lies with them: the rules in force about whoever acts (CN-H-01 training, CN-H-02
papers, whatever a pack asks of staff), by the facts that the gate itself looks at. One query for any number of people.
"""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils import timezone

from compliance.rulebook import KEY, rules_in_force
from compliance.rules.engine import decide
from compliance.rules.facts import Action, Facts
from compliance.rules.keeping import certificate, staff_documents
from compliance.rules.occasions import Staff
from compliance.rules.packs import Rule
from compliance.rules.verdict import Reason

ABOUT_STAFF = (certificate, staff_documents)
"""The checks that look at nothing but whoever acts."""

# Certificates and papers of one person are a handful, and lie together in the index on the person: one descent each.
_ON_FILE = """
SELECT u.id, c.passed_on, c.level, p.kinds, {rulebook}
FROM unnest(%(users)s::bigint[]) AS u(id)
LEFT JOIN LATERAL (
    SELECT passed_on, level FROM compliance_trainingcertificate
    WHERE user_id = u.id AND revoked_at IS NULL AND passed_on <= %(day)s
    ORDER BY passed_on DESC, level DESC LIMIT 1
) c ON true
LEFT JOIN LATERAL (
    SELECT array_agg(kind ORDER BY kind) AS kinds FROM compliance_staffpaper
    WHERE user_id = u.id AND received_on <= %(day)s AND (withdrawn_on IS NULL OR withdrawn_on > %(day)s)
) p ON true
""".replace("{rulebook}", KEY)


@dataclass(frozen=True)
class OnFile:
    """What is on file of one person on a day, and what the rules say to it. `level`: of the newest certificate (0: none).
    `valid_until`: the last day on which it counts (None: there is none, or no rule lets it run out). `missing`: papers."""

    trained_on: dt.date | None
    level: int
    papers: tuple[str, ...]
    valid_until: dt.date | None
    is_trained: bool
    missing: tuple[str, ...]
    may_contact: bool
    reasons: tuple[Reason, ...]


def who_may_contact(users: Collection[int], day: dt.date) -> dict[int, bool]:
    """By person (ids): whether nothing in their own file stands against a contact on `day`."""
    return {pk: one.may_contact for pk, one in on_file(users, day).items()}


def on_file(users: Collection[int], day: dt.date) -> dict[int, OnFile]:
    """By person (ids), as of `day`, by the rules as they stand at the end of it."""
    if not users:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_ON_FILE, {"users": sorted(set(users)), "day": day})
        rows = cursor.fetchall()
    moment = timezone.make_aware(dt.datetime.combine(day, dt.time.max))
    rules = staff_rules(rules_in_force(day, key=rows[0][-1]), moment)
    return {pk: _judged(rules, moment, passed, level, kinds) for pk, passed, level, kinds, _key in rows}


def staff_rules(rules: Iterable[Rule], moment: dt.datetime) -> tuple[Rule, ...]:
    """Those of `rules` that are about whoever acts, in the version of that moment."""
    return tuple(rule for rule in rules if rule.kind.check in ABOUT_STAFF and rule.at_work(moment))


def last_day(passed: dt.date, days: int) -> dt.date:
    """The last day on which a passed test counts; the end of time where a rule lets it count beyond all days."""
    return passed + dt.timedelta(days=min(days, (dt.date.max - passed).days))


def _judged(
    rules: tuple[Rule, ...], moment: dt.datetime, passed: dt.date | None, level: int | None, kinds: list[str] | None
) -> OnFile:
    papers = tuple(kinds or ())
    facts = Facts(moment, Action(), staff=Staff(passed, papers))
    verdict = decide(facts, rules)
    missing: dict[str, Any] = {}
    for rule in rules:
        if rule.kind.check is staff_documents and (found := rule.check(facts)) is not None:
            missing |= dict.fromkeys(found.observed)
    training = [rule for rule in rules if rule.kind.check is certificate]
    lasts = min((rule.params.days for rule in training), default=None)
    return OnFile(
        trained_on=passed,
        level=level or 0,
        papers=papers,
        valid_until=last_day(passed, lasts) if passed is not None and lasts is not None else None,
        is_trained=all(rule.check(facts) is None for rule in training),
        missing=tuple(missing),
        may_contact=verdict.allowed,
        reasons=verdict.reasons,
    )
