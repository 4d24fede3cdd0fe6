"""What other weights would do: how many cases change their group, and what happens to the first of every desk."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import connection, transaction

from agents.workbench.queue.gather import GROUP, POINTS, known_sql, parameters
from agents.workbench.queue.weights import GROUPS, Group, Weights
from cases.models import Case, DeskKind

FIRST = 50
"""Of every desk's queue so many are compared: a day's work."""
SOURCE_TIMES = ("broken_within", "callback_lead")
"""Weights by which the sources find what is due."""


@dataclass(frozen=True)
class WhatIf:
    """`cases` on `desks` were ordered by both. `moved`: cases that change their group, by (from, to). `entering`: cases that
    come into the first FIRST of their desk, for as many that leave it. `reordered`: desks whose first FIRST are another list
    or stand in another order; `other_first`: desks that begin with another case."""

    cases: int
    desks: int
    moved: list[tuple[Group, Group, int]] = field(default_factory=list)
    entering: int = 0
    reordered: int = 0
    other_first: int = 0

    @property
    def moved_cases(self) -> int:
        return sum(number for _before, _after, number in self.moved)

    @property
    def changes_nothing(self) -> bool:
        return not (self.moved or self.reordered)


# The facts are gathered once, and ordered by both; the group is found anew, since it depends on the weights' times.
_FACTS = """
SELECT k.id, c.desk_id, told_grp, total, stage, rolls_in, quiet_days, has_number, is_held
FROM known k JOIN (SELECT id AS case_id, desk_id FROM cases_case) c ON c.case_id = k.id"""

_PLACES = f"""
SELECT id, desk_id, grp, row_number() OVER (PARTITION BY desk_id ORDER BY {POINTS} DESC, total DESC, id) AS place
FROM (SELECT f.*, {GROUP} AS grp FROM queue_facts f) found"""  # noqa: S608

_MOVED = (
    "SELECT b.grp, a.grp, count(*) FROM queue_before b JOIN queue_after a USING (id) WHERE a.grp <> b.grp GROUP BY 1, 2"
)

_FIRST = """
SELECT count(DISTINCT b.desk_id), count(*),
       count(*) FILTER (WHERE a.place <= %(first)s AND b.place > %(first)s),
       count(DISTINCT b.desk_id) FILTER (WHERE a.place <> b.place AND least(a.place, b.place) <= %(first)s),
       count(DISTINCT b.desk_id) FILTER (WHERE a.place = 1 AND b.place <> 1)
FROM queue_before b JOIN queue_after a USING (id)"""


def what_if(before: Weights, after: Weights, *, now: dt.datetime) -> WhatIf:
    """Both orders of every collector's desk, compared by the database. As long as both take; nothing is kept."""
    mine = "SELECT id, loan_id, total, stage, days_past_due, as_of FROM cases_case WHERE desk_id = ANY(%(desks)s) "
    mine += "AND closed_on IS NULL AND absent_since IS NULL"
    desks = list(
        Case.objects.present().filter(desk__kind=DeskKind.COLLECTOR).values_list("desk_id", flat=True).distinct()
    )
    with transaction.atomic(), connection.cursor() as cursor:
        gathered: Weights | None = None
        for name, weights in (("queue_before", before), ("queue_after", after)):
            asked = {**parameters(weights, now=now), "desks": desks}
            if gathered is None or any(gathered[time] != weights[time] for time in SOURCE_TIMES):
                cursor.execute("DROP TABLE IF EXISTS queue_facts")
                cursor.execute(f"CREATE TEMP TABLE queue_facts ON COMMIT DROP AS {known_sql(mine)} {_FACTS}", asked)
                gathered = weights
            cursor.execute(f"CREATE TEMP TABLE {name} ON COMMIT DROP AS {_PLACES}", asked)
        cursor.execute(_MOVED)
        moved = _named(cursor.fetchall())
        cursor.execute(_FIRST, {"first": FIRST})
        of_desks, cases, entering, reordered, other_first = cursor.fetchone()
        cursor.execute("DROP TABLE queue_before, queue_after, queue_facts")
    return WhatIf(cases, of_desks, moved, entering, reordered, other_first)


def _named(rows: Sequence[tuple[int, int, int]]) -> list[tuple[Group, Group, int]]:
    """The largest first."""
    found = [(GROUPS[before - 1], GROUPS[after - 1], number) for before, after, number in rows]
    return sorted(found, key=lambda line: (-line[2], line[0], line[1]))
