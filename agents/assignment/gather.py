"""What a plan depends on, in a few queries whatever the number of cases; never a model object a case."""

import datetime as dt
import io
from collections.abc import Collection
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import QuerySet, Sum

from agents.assignment.calm import to_spare
from agents.assignment.facts import COLUMNS, DEBTOR, DeskFacts, Forbidden, Inputs
from agents.assignment.rules import RulesInForce
from agents.complaints import complaints
from agents.cover.away import covered_people
from agents.expected import WHOLE, Rates, rates_on
from agents.models import Collector, FairnessEntry
from agents.people.attendance import attendance
from agents.people.levels import levels_on
from cases.imports.staging.staged import plan_for_sets
from cases.models import Case, Desk, DeskKind
from compliance.selectors_staff import who_may_contact

_SCOPE = """
CREATE TEMP TABLE assignment_scope ON COMMIT DROP AS
SELECT c.id AS case_id, l.debtor_id, c.stage, (c.total * 100)::bigint AS cents, c.desk_id,
       hashtextextended(l.product || chr(31) || l.region, 0) AS place, l.product, l.region
FROM cases_case c JOIN cases_loan l ON l.id = c.loan_id JOIN cases_desk d ON d.id = c.desk_id
WHERE c.closed_on IS NULL AND c.absent_since IS NULL AND d.kind <> 'agency' AND c.id IN ({asked})
  AND NOT EXISTS (SELECT 1 FROM agents_covercase lent WHERE lent.case_id = c.id AND lent.until IS NULL)
"""
# What an agency holds comes back by a recall, not by being dealt out; what is missing from the latest file is to be
# explained first; what is lent while somebody is away comes back by itself. In hand is, here as on every page, what is open
# and in the latest file.
_POOL = _SCOPE.replace("c.id IN ({asked})", "c.desk_id = %s")

_CASES = """
COPY (
    SELECT s.case_id, s.debtor_id, s.stage, s.cents, s.desk_id,
           CASE WHEN p.case_id IS NULL AND a.case_id IS NULL THEN 0
                WHEN d.kind = 'collector' THEN s.desk_id
                ELSE coalesce(o.id, 0) END,
           coalesce(k.desk_id, 0),
           coalesce(to_char(p.due_on, 'YYYYMMDD')::int, (a.case_id IS NOT NULL)::int),
           s.place
    FROM assignment_scope s
    JOIN cases_desk d ON d.id = s.desk_id
    LEFT JOIN (
        SELECT DISTINCT ON (case_id) case_id, due_on, made_by_id FROM cases_promise
        WHERE state = 'open' ORDER BY case_id, due_on DESC, id DESC
    ) p ON p.case_id = s.case_id
    LEFT JOIN cases_repaymentplan a ON a.case_id = s.case_id AND a.state IN ('submitted', 'active')
    LEFT JOIN cases_desk o ON o.owner_id = coalesce(p.made_by_id, a.proposed_by_id) AND o.kind = 'collector'
    LEFT JOIN (
        SELECT DISTINCT ON (debtor_id) debtor_id, desk_id FROM (
            SELECT l.debtor_id, c.desk_id, count(*) AS held
            FROM cases_case c
            JOIN cases_loan l ON l.id = c.loan_id
            JOIN cases_desk e ON e.id = c.desk_id AND e.kind = 'collector' AND e.is_active
            WHERE c.closed_on IS NULL AND l.debtor_id IN (SELECT debtor_id FROM assignment_scope)
              AND NOT EXISTS (SELECT 1 FROM assignment_scope t WHERE t.case_id = c.id)
            GROUP BY 1, 2
        ) h ORDER BY debtor_id, held DESC, desk_id
    ) k ON k.debtor_id = s.debtor_id
    ORDER BY s.case_id
) TO STDOUT
"""

_IN_HAND = """
SELECT c.desk_id, c.stage,
       (c.total >= 1000)::int + (c.total >= 5000)::int + (c.total >= 20000)::int AS band,
       count(*), (sum(greatest(c.total, 0)) * 100)::bigint
FROM cases_case c WHERE c.closed_on IS NULL AND c.absent_since IS NULL AND c.desk_id = ANY(%s) GROUP BY 1, 2, 3
"""


def gather(*, cases: QuerySet[Case] | None, unit: str, day: dt.date, seed: int, rules: RulesInForce) -> Inputs:
    """Cases: those of the query set that are in hand, or all of the pool. `unit`: only desks of the team with that code."""
    import numpy as np

    rates = rates_on(day)
    with transaction.atomic(), connection.cursor() as cursor:
        plan_for_sets(cursor)
        cursor.execute("DROP TABLE IF EXISTS pg_temp.assignment_scope")
        if cases is None:
            cursor.execute("SELECT id FROM cases_desk WHERE kind = 'pool'")
            pool = cursor.fetchone()
            cursor.execute(_POOL, [pool[0] if pool else 0])
        else:
            asked, params = _ids(cases)
            cursor.execute(_SCOPE.format(asked=asked), params)
        cursor.execute("ANALYZE assignment_scope (case_id, debtor_id)")
        cursor.execute("SELECT DISTINCT place, product, region FROM assignment_scope")
        places = {place: (product, region) for place, product, region in cursor.fetchall()}
        rows = io.StringIO()
        cursor.copy_expert(_CASES, rows)
        text = rows.getvalue()
        table = np.fromstring(text, np.int64, sep=" ") if text else np.empty(0, np.int64)
        table = table.reshape(-1, len(COLUMNS))
    values = rules.values
    desks = desks_on(day, rates=rates, carry_days=values.carry_days, calm_level=values.calm_level, unit=unit)
    return Inputs(
        day=day,
        seed=seed,
        rules=rules.version,
        unit=unit,
        lines=[line.to_json() for line in rules.lines],
        values=asdict(rules.values),
        rates=rates.to_json(),
        desks=desks,
        cases=table,
        places=places,
        forbidden=forbidden_on(day, desks, set(table[:, DEBTOR].tolist()), rules.values.complaint_team_days),
    )


def _ids(cases: QuerySet[Case]) -> tuple[str, tuple[Any, ...]]:
    """The query for their ids, with its parameters; one that can find nothing is asked as such."""
    asked = cases.values("pk") if cases.query.is_sliced else cases.order_by().values("pk")
    try:
        return asked.query.sql_with_params()
    except EmptyResultSet:
        return "NULL", ()


def desks_on(
    day: dt.date,
    *,
    rates: Rates,
    carry_days: int,
    calm_level: int = 5,
    unit: str = "",
    only: Collection[int] | None = None,
    loads: bool = True,
) -> list[DeskFacts]:
    """All collectors' desks (of a team; `only` those with the ids) as they are on the day, in the order of their ids.
    Without `loads`, who can take cases is told, and not what they have."""
    found = Desk.objects.filter(kind=DeskKind.COLLECTOR, is_active=True, owner__is_active=True).select_related("owner")
    if unit:
        found = found.filter(unit=unit)
    if only is not None:
        found = found.filter(pk__in=only)
    desks = list(found.order_by("pk"))
    users = [desk.owner_id for desk in desks if desk.owner_id]
    files = {file.user_id: file for file in Collector.objects.filter(user__in=users)}
    present, levels, may = presence(users, day), levels_on(users, day), who_may_contact(users, day)
    present |= dict.fromkeys(covered_people(day), Decimal(0))
    carried = carried_by(users, day, carry_days) if loads else {}
    spared = to_spare(users, day) if calm_level < 5 else frozenset()
    in_hand = _in_hand([desk.pk for desk in desks], rates) if loads else {}
    facts = []
    for desk in desks:
        user = desk.owner_id or 0
        count, cents, expected = in_hand.get(desk.pk, (0, 0, 0))
        level, part, file = levels.get(user, 0), present.get(user, Decimal(0)), files.get(user)
        facts.append(
            DeskFacts(
                id=desk.pk,
                name=desk.name,
                user=user,
                unit=desk.unit,
                level=level,
                stages=tuple(sorted(file.stages)) if file else (),
                products=tuple(sorted(file.products)) if file else (),
                regions=tuple(sorted(file.regions)) if file else (),
                languages=tuple(sorted(file.languages)) if file else (),
                count=count,
                cents=cents,
                expected=expected,
                soft_count=file.soft_count if file else 0,
                hard_count=file.hard_count if file else 0,
                soft_cents=_cents(file.soft_amount) if file else None,
                hard_cents=_cents(file.hard_amount) if file else None,
                present=int(part * 10),
                carried=carried.get(user, 0),
                most_level=calm_level if user in spared else 5,
                why_not=_why_not(file, day, may=may.get(user, False), level=level, part=part),
            )
        )
    return facts


DAYS_AHEAD = 10


def presence(users: Collection[int], day: dt.date) -> dict[int, Decimal]:
    """By user, which part of `day` they are there. On a day on which nobody works (a weekend's file is dealt out for
    Monday) it is the next one on which somebody does, up to DAYS_AHEAD."""
    last = day + dt.timedelta(days=DAYS_AHEAD)
    found = attendance(users, day, last)
    working = min((at for (_user, at), part in found.items() if part), default=day)
    return {user: found.get((user, working), Decimal(0)) for user in users}


def _why_not(file: Collector | None, day: dt.date, *, may: bool, level: int, part: Decimal) -> str:
    if file is None:
        return "no_file"
    if file.joined_on > day or (file.left_on is not None and file.left_on < day):
        return "left"
    if not may or level < 1:
        return "no_certificate"
    if not file.takes_new:
        return "takes_no_new"
    return "" if part > 0 else "away"


def _cents(amount: Decimal | None) -> int | None:
    return None if amount is None else int(amount * 100)


def _in_hand(desks: list[int], rates: Rates) -> dict[int, tuple[int, int, int]]:
    """By desk: open cases, cents, expected cents (of the sums by stage and band)."""
    found: dict[int, tuple[int, int, int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_IN_HAND, [desks])
        for desk, stage, band, count, cents in cursor.fetchall():
            rate = rates.table[max(stage, 1), band]
            had = found.get(desk, (0, 0, 0))
            found[desk] = (had[0] + count, had[1] + cents, had[2] + cents * rate // WHOLE)
    return found


def carried_by(users: Collection[int], day: dt.date, carry_days: int) -> dict[int, int]:
    """By user: dealt less share of the applied runs of the last `carry_days` days, in cents."""
    since = day - dt.timedelta(days=carry_days)
    rows = FairnessEntry.objects.filter(user__in=users, day__gt=since, day__lte=day)
    sums = rows.values("user_id").annotate(dealt=Sum("dealt"), share=Sum("share"))
    return {row["user_id"]: int((row["dealt"] - row["share"]) * 100) for row in sums}


def forbidden_on(day: dt.date, desks: list[DeskFacts], debtors: set[int] | None, team_days: int) -> list[Forbidden]:
    """Which of the desks may not have whose cases; of `debtors` only, if given."""
    found: dict[tuple[int, int], Forbidden] = {}
    for one in complaints(last=day):
        if not one.upheld or one.debtor_id is None or (debtors is not None and one.debtor_id not in debtors):
            continue
        for desk in desks:
            if desk.user == one.user_id:
                found[one.debtor_id, desk.id] = Forbidden(one.debtor_id, desk.id, "complaint")
            elif one.team and desk.unit == one.team and (day - one.received_on).days < team_days:
                found.setdefault((one.debtor_id, desk.id), Forbidden(one.debtor_id, desk.id, "complaint_team"))
    return list(found.values())
