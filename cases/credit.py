"""Which desk held the case for a payment. The one answer; collectors' money, agencies' money and every report ask here.

Rule (version 2), for every kind of desk:
1. Money belongs to the desk that held the case at the beginning of the day on which it was paid: a case that moves at noon
   leaves that day with the desk of the morning. Of a case that was opened or handed out that very day, to the first desk
   other than the pool that held it then.
2. Grace: where a desk let the case go not more than N calendar days before, the money is still that desk's. N is what the
   desk's own agreement says (DeskGrace), else a dated setting by kind of desk, and the value in force on the day of the move
   decides. 0 (the default) is no grace. Of two
   desks whose days of grace still run, the one that let go first: while its days run, the money is not the next one's to
   lose; also where the case has come back to it. Of two moves away from one desk the later counts. A loan of the case
   (cover) and an assignment that was undone are no moves, and give no grace.
3. Money paid after the case has ended is nobody's, unless the days of grace of its last desk still run; so is money paid
   before the first case of the contract was opened, or before its file was imported.
4. A payment taken back is taken back from whoever had it, on the day of the reversal.

What lies in the pool is the pool's, which is to say no collector's and no agency's.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext_lazy as _

from collection_ops.core.dated_settings import Setting

GRACE_COLLECTOR = Setting(
    "credit.grace_days_collector",
    label=_("调案后回款仍计原催收员的天数"),
    default=0,
    unit=_("天"),
    source=_("公司政策：案件离开催收员席位后，这些自然日内的还款仍计给原催收员；以离开当天生效的值为准。0 表示不计"),
    least=0,
    most=60,
)
GRACE_AGENCY = Setting(
    "credit.grace_days_agency",
    label=_("退案后回款仍计原机构的天数"),
    default=0,
    unit=_("天"),
    source=_("委外合同约定：案件离开委外席位后，这些自然日内的还款仍计给原机构；以离开当天生效的值为准。0 表示不计"),
    least=0,
    most=60,
)

BECAUSE: dict[str, Any] = {
    "morning": _("还款日开始时持有案件"),
    "first_of_day": _("还款当日才分到案件，计给当日第一个席位"),
    "grace": _("案件离开席位后的宽限天数内"),
    "after_end": _("还款时案件已结束，不计给任何席位"),
    "no_desk": _("还款时案件还没有导入，没有席位持有"),
    "before_case": _("还款早于入催，不计给任何席位"),
}
"""Why a payment is credited where it is: the words of the column `because`."""

_NO_MOVE = "('cover', 'cover_end', 'assignment_undone')"  # custody reasons, see cases/custody_texts.py

_HAS_GRACE = f"""
    SELECT FROM core_datedsetting s
    WHERE s.name IN ('{GRACE_COLLECTOR.name}', '{GRACE_AGENCY.name}') AND (s.value #>> '{{}}')::int > 0
    UNION ALL SELECT FROM cases_deskgrace s WHERE s.days > 0
"""  # noqa: S608  names of ours

_DAYS_OF_GRACE = f"""
    coalesce((
        SELECT s.days FROM cases_deskgrace s
        WHERE s.desk_id = k.id AND s.effective_from <= gone.day
          AND (%(known_by)s::timestamptz IS NULL OR s.set_at <= %(known_by)s)
        ORDER BY s.effective_from DESC, s.id DESC LIMIT 1
    ), (
        SELECT (s.value #>> '{{}}')::int FROM core_datedsetting s
        WHERE s.name = CASE k.kind WHEN 'agency' THEN '{GRACE_AGENCY.name}' ELSE '{GRACE_COLLECTOR.name}' END
          AND s.effective_from <= gone.day AND (%(known_by)s::timestamptz IS NULL OR s.set_at <= %(known_by)s)
        ORDER BY s.effective_from DESC, s.id DESC LIMIT 1
    ))
"""  # noqa: S608  names of ours

PAID_ON_OF_ORIGINAL = """
    CASE WHEN r.reversal_of_id IS NULL THEN r.paid_on
         ELSE (SELECT o.paid_on FROM cases_repayment o WHERE o.id = r.reversal_of_id) END
"""
"""The day on which the money of a repayment `r` was paid: of a reversal, that of the payment it takes back. Looked up only
for the few reversals; a join would read the whole table of money."""

_HELD_BY_THE_DESK = """
          AND r.loan_id IN (SELECT c.loan_id FROM cases_custody u JOIN cases_case c ON c.id = u.case_id
                            WHERE u.desk_id = %(desk)s)"""


def _money(only: str) -> str:
    """The statement, of the payments `r` for which `only` (a further condition, AND in front) holds."""
    return f"""
    WITH paid AS (
        SELECT r.id, r.loan_id, r.paid_on, day.held_on, day.held_on::timestamp AT TIME ZONE %(zone)s AS morning,
               (day.held_on + 1)::timestamp AT TIME ZONE %(zone)s AS evening,
               CASE WHEN r.reversal_of_id IS NULL THEN r.amount ELSE -r.amount END AS amount, r.reversal_of_id
        FROM cases_repayment r CROSS JOIN LATERAL (SELECT {PAID_ON_OF_ORIGINAL} AS held_on) day
        WHERE r.status = 'confirmed' AND r.loan_id IS NOT NULL AND r.paid_on BETWEEN %(first)s AND %(last)s {only}
          AND (%(known_by)s::timestamptz IS NULL OR greatest(r.recorded_at, r.matched_at) <= %(known_by)s)
    ), placed AS (
        SELECT DISTINCT ON (m.id) m.*, c.id AS case_id
        FROM paid m LEFT JOIN cases_case c ON c.loan_id = m.loan_id AND c.opened_on <= m.held_on
        ORDER BY m.id, c.opened_on DESC, c.episode DESC
    ), held AS (
        -- Whoever held it as the day began; else the first desk that got it that day, and only then the pool.
        SELECT DISTINCT ON (m.id) m.*, u.desk_id, u.started_at <= m.morning AS since_morning
        FROM placed m
        LEFT JOIN cases_custody u ON u.case_id = m.case_id AND u.started_at < m.evening
                                 AND (u.ended_at IS NULL OR u.ended_at > m.morning)
        LEFT JOIN cases_desk k ON k.id = u.desk_id
        ORDER BY m.id, (u.started_at <= m.morning AND k.kind <> 'pool') DESC, (k.kind <> 'pool') DESC, u.started_at
    ), graced AS (
        -- Asked once whether anybody has given grace: where nobody has, no custody is looked at again.
        SELECT DISTINCT ON (m.id) m.id, u.desk_id
        FROM held m
        JOIN cases_custody u ON u.case_id = m.case_id AND u.ended_at <= m.morning AND u.ended_at > u.started_at
                            AND u.ended_at > m.morning - interval '{GRACE_AGENCY.most} days' - interval '1 day'
        JOIN cases_desk k ON k.id = u.desk_id AND k.kind <> 'pool'
        CROSS JOIN LATERAL (SELECT (u.ended_at AT TIME ZONE %(zone)s)::date AS day) gone
        CROSS JOIN LATERAL (SELECT coalesce({_DAYS_OF_GRACE}, 0) AS days) grace
        WHERE EXISTS ({_HAS_GRACE}) AND grace.days > 0 AND m.held_on <= gone.day + grace.days
          -- Back on the desk and let go again since, or let go by what is no move: then this end gives nothing.
          AND NOT EXISTS (
              SELECT FROM cases_custody n
              WHERE n.case_id = u.case_id AND n.id <> u.id AND n.started_at >= u.ended_at
                AND (n.desk_id = u.desk_id AND n.ended_at <= m.morning
                     OR n.started_at = u.ended_at AND n.reason IN {_NO_MOVE}))
        ORDER BY m.id, u.ended_at, u.id
    )
    SELECT h.id AS repayment_id, h.loan_id, h.case_id, h.paid_on, h.held_on, h.amount,
           coalesce(g.desk_id, h.desk_id) AS desk_id,
           CASE WHEN h.case_id IS NULL THEN 'before_case' WHEN g.desk_id <> coalesce(h.desk_id, 0) THEN 'grace'
                WHEN h.desk_id IS NULL THEN CASE
                    WHEN EXISTS (SELECT FROM cases_custody u WHERE u.case_id = h.case_id AND u.ended_at <= h.morning)
                    THEN 'after_end' ELSE 'no_desk' END
                WHEN h.since_morning THEN 'morning'
                ELSE 'first_of_day' END AS because,
           h.reversal_of_id
    FROM held h LEFT JOIN graced g ON g.id = h.id
    """  # noqa: S608  names of ours


MONEY_OF_DESKS = _money(only="")
"""One row for every confirmed payment and reversal of a known contract, paid from %(first)s through %(last)s, so that its
sum is the money that came; a statement, to be put in parentheses into a WITH or a FROM.

Columns: repayment_id, loan_id, case_id, paid_on (the day that counts), held_on (the day that decides: of a reversal, that of
the payment it takes back), amount (yuan, negative for a reversal), desk_id (NULL: nobody's), because (a key of BECAUSE),
reversal_of_id (of a reversal).
Parameters, by name: `asked()` makes them. %(known_by)s NULL is as it is known now."""

MONEY_OF_A_DESK = f"""
    SELECT * FROM ({_money(_HELD_BY_THE_DESK)}) credited WHERE desk_id = %(desk)s
"""  # noqa: S608  names of ours
"""The rows of MONEY_OF_DESKS that are one desk's, %(desk)s, without asking whose all the other money is: rule 1 and 2 give a
desk nothing of a contract that it never held."""


def asked(*, first: date, last: date, known_by: datetime | None = None) -> dict[str, Any]:
    """The parameters of MONEY_OF_DESKS. Days are the lender's calendar days, both included."""
    return {"first": first, "last": last, "known_by": known_by, "zone": settings.TIME_ZONE}


@dataclass(frozen=True, slots=True)
class DeskCredit:
    """One payment, credited to one desk. Yuan; negative for money that was taken back."""

    desk_id: int | None
    case_id: int | None
    repayment_id: int
    paid_on: date
    amount: Decimal
    because: str


def credited_to_desks(
    *, first: date, last: date, desks: Collection[int] | None = None, known_by: datetime | None = None
) -> Iterator[DeskCredit]:
    """What was paid from `first` through `last`, a line for each payment, by day; of `desks` (ids) only, if given: without
    it the lines add up to the money received, with `desk_id` None for what is nobody's. One query, read as it comes."""
    given = {**asked(first=first, last=last, known_by=known_by), "everybody": desks is None, "desks": list(desks or ())}
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT desk_id, case_id, repayment_id, paid_on, amount, because FROM ({MONEY_OF_DESKS}) credited
                WHERE %(everybody)s OR desk_id = ANY(%(desks)s) ORDER BY paid_on, repayment_id""",  # noqa: S608
            given,
        )
        while rows := cursor.fetchmany(5_000):
            yield from (DeskCredit(*row) for row in rows)


def money_by_desk(*, first: date, last: date, known_by: datetime | None = None) -> dict[int | None, Decimal]:
    """Desk id → net money credited from `first` through `last`, yuan; under None what is nobody's. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT desk_id, sum(amount) FROM ({MONEY_OF_DESKS}) credited GROUP BY desk_id",  # noqa: S608
            asked(first=first, last=last, known_by=known_by),
        )
        return dict(cursor.fetchall())
