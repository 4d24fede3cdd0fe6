"""Moving cases between desks. The only door: `Case.desk` is a cache of the open `Custody` row and follows it here.

By sets: a placement moves tens of thousands of cases at once, and a list of so many ids in an ORM filter costs more than the
move itself.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from cases.models import Desk
from collection_ops.core.models import User
from collection_ops.core.services import audit


class CustodyRefused(Exception):
    """The move cannot be done; the sentence says why."""


_WANTED = "unnest(%(cases)s::bigint[], %(desks)s::bigint[]) AS w(case_id, desk_id)"
# Always in the order of ids, so that two moves of overlapping cases wait for each other and never lock up.
_LOCK = f"""
SELECT c.id, w.desk_id FROM cases_case c JOIN {_WANTED} ON w.case_id = c.id
WHERE c.closed_on IS NULL AND c.desk_id IS DISTINCT FROM w.desk_id
ORDER BY c.id FOR UPDATE OF c
"""  # noqa: S608  constants of this file
_LATER = """
SELECT EXISTS (
    SELECT FROM cases_custody WHERE case_id = ANY(%(cases)s) AND ended_at IS NULL AND started_at > %(now)s
)
"""
_CLOSE = "UPDATE cases_custody SET ended_at = %(now)s WHERE case_id = ANY(%(cases)s) AND ended_at IS NULL"
_OPEN = f"""
INSERT INTO cases_custody (case_id, desk_id, started_at, reason, moved_by_id)
SELECT w.case_id, w.desk_id, %(now)s, %(reason)s, %(actor)s FROM {_WANTED}
"""  # noqa: S608  constants of this file
_MOVE = f"UPDATE cases_case c SET desk_id = w.desk_id FROM {_WANTED} WHERE c.id = w.case_id"  # noqa: S608  as above


def move_cases(*, cases: Iterable[int], desk: Desk, reason: str, actor: User | None, now: datetime) -> int:
    """Put open cases (ids) on `desk` from `now` on; returns how many moved. As `deal_cases`, to one desk."""
    return deal_cases(dealt=[(desk, cases)], reason=reason, actor=actor, now=now)[desk.pk]


def deal_cases(
    *, dealt: Iterable[tuple[Desk, Iterable[int]]], reason: str, actor: User | None, now: datetime
) -> Mapping[int, int]:
    """Put open cases (ids) on desks from `now` on, each case on one; returns how many moved, by id of the desk.

    The caller has checked that they lie in the actor's scope. Closed cases and those already on their desk stay as they
    are. All or nothing: a case whose present custody began after `now` refuses the whole move, because two desks would
    have held it at once. Does not touch `Source.book_version`: a preview says nothing about desks, and cases move all
    day. The number of statements depends on the number of desks alone, for each of which an event is recorded.
    """
    parts = [(desk, set(cases)) for desk, cases in dealt]
    for desk, _cases in parts:
        if not desk.is_active:
            raise CustodyRefused(_("席位“%(desk)s”已停用") % {"desk": desk.name})
    wanted = {case: desk.pk for desk, cases in parts for case in cases}
    if len(wanted) != sum(len(cases) for _desk, cases in parts):
        raise ValueError("a case is dealt to two desks")
    counts = {desk.pk: 0 for desk, _cases in parts}
    if not wanted:
        return counts
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_LOCK, {"cases": list(wanted), "desks": list(wanted.values())})
        moving = dict(cursor.fetchall())
        if not moving:
            return counts
        values: dict[str, Any] = {
            "cases": list(moving), "desks": list(moving.values()), "now": now, "reason": reason[:64],
            "actor": actor.pk if actor else None,
        }  # fmt: skip
        cursor.execute(_LATER, values)
        if cursor.fetchone()[0]:
            raise CustodyRefused(_("部分案件的当前归属晚于这次移动的时间"))
        for statement in (_CLOSE, _OPEN, _MOVE):
            cursor.execute(statement, values)
        for to in moving.values():
            counts[to] += 1
        for desk, _cases in parts:
            if counts[desk.pk]:
                data = {"count": counts[desk.pk]}
                audit.record(action="custody.moved", actor=actor, obj=desk, data=data, reason=reason)
    return counts
