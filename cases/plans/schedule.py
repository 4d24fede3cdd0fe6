"""From the terms of a plan to its instalments: pure, to the cent.

Months are counted as the Civil Code does (民法典 201-203): the day of the month of the first instalment, and where a month
has no such day, its last. Dates are agreed dates: a public holiday does not move them (民法典 204; the agreement says so).
"""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import pairwise

from django.utils.translation import gettext as _

from cases.models.plan import MOST_INSTALMENTS, PlanKind
from collection_ops.core.money import CENT, round_money, split


class ScheduleRefused(Exception):
    """These terms give no plan; the sentence says why, `field` names the term (a field of `Terms`, or "")."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True, slots=True)
class Instalment:
    """Yuan due on a day."""

    number: int
    due_on: date
    amount: Decimal


@dataclass(frozen=True)
class Terms:
    """What was agreed. Of the rest each kind wants its own: a lump sum `first_on`; equal instalments `first_on` and
    `count`; a minimum payment `first_on`, `share` (% of what is left) and `least` (yuan); a custom plan `rows` of day and
    yuan."""

    kind: PlanKind
    total: Decimal
    first_on: date | None = None
    count: int | None = None
    share: Decimal | None = None
    least: Decimal | None = None
    rows: Sequence[tuple[date, Decimal]] = field(default=())


def drawn_up(terms: Terms, *, today: date) -> list[Instalment]:
    """The instalments of a plan that is agreed on `today`. Raises ScheduleRefused."""
    if terms.total <= 0:
        raise ScheduleRefused(_("方案总额须大于 0"), "total")
    if not is_cents(terms.total):
        raise ScheduleRefused(_("金额最多两位小数"), "total")
    if terms.kind == PlanKind.CUSTOM:
        found = custom(terms.rows)
    else:
        if terms.first_on is None:
            raise ScheduleRefused(_("请填写首期还款日"), "first_on")
        if terms.first_on < today:
            raise ScheduleRefused(_("首期还款日不能早于今天 %(day)s") % {"day": today.isoformat()}, "first_on")
        found = _computed(terms, terms.first_on)
    _check(found, terms, today)
    return found


def _computed(terms: Terms, first_on: date) -> list[Instalment]:
    if terms.kind == PlanKind.LUMP_SUM:
        return [Instalment(1, first_on, terms.total)]
    if terms.kind == PlanKind.INSTALMENTS:
        if terms.count is None:
            raise ScheduleRefused(_("请填写期数"), "count")
        return equal(terms.total, first_on=first_on, count=terms.count)
    if terms.share is None and terms.least is None:
        raise ScheduleRefused(_("请填写每期最低比例或最低金额"), "share")
    return minimum(terms.total, first_on=first_on, share=terms.share or Decimal(0), least=terms.least or Decimal(0))


def is_cents(amount: Decimal) -> bool:
    """Whether the amount has no more than two places."""
    return amount == round_money(amount)


def monthly(first_on: date, months: int) -> date:
    """`months` after the first day: the same day of the month, or the month's last where it has no such day."""
    year, month = divmod(first_on.year * 12 + first_on.month - 1 + months, 12)
    return date(year, month + 1, min(first_on.day, calendar.monthrange(year, month + 1)[1]))


def equal(total: Decimal, *, first_on: date, count: int) -> list[Instalment]:
    """`count` equal parts, a month apart. Cents that cannot be shared make the first ones a cent larger."""
    if not 1 <= count <= MOST_INSTALMENTS:
        raise ScheduleRefused(_("期数须在 1 与 %(most)d 之间") % {"most": MOST_INSTALMENTS}, "count")
    if total < count * CENT:
        raise ScheduleRefused(_("每期金额不足 0.01 元，请减少期数"), "count")
    return [Instalment(n + 1, monthly(first_on, n), part) for n, part in enumerate(split(total, [1] * count))]


def minimum(total: Decimal, *, first_on: date, share: Decimal, least: Decimal) -> list[Instalment]:
    """Each month `share` percent of what is left, but at least `least` yuan, until nothing is left."""
    if not 0 <= share <= 100:
        raise ScheduleRefused(_("每期最低比例须在 0 与 100 之间"), "share")
    if least < 0 or not is_cents(least):
        raise ScheduleRefused(_("每期最低金额须为不超过两位小数的正数"), "least")
    found: list[Instalment] = []
    left = total
    while left > 0:
        if len(found) == MOST_INSTALMENTS:
            raise ScheduleRefused(
                _("按这个比例和金额 %(most)d 期内还不清，请提高每期最低比例或金额") % {"most": MOST_INSTALMENTS},
                "least",
            )
        amount = min(max(round_money(left * share / 100), least, CENT), left)
        found.append(Instalment(len(found) + 1, monthly(first_on, len(found)), amount))
        left -= amount
    return found


def custom(rows: Sequence[tuple[date, Decimal]]) -> list[Instalment]:
    """Days and amounts as they were agreed, in the order of the days."""
    if not rows:
        raise ScheduleRefused(_("请逐行填写还款日期和金额"), "rows")
    if len(rows) > MOST_INSTALMENTS:
        raise ScheduleRefused(_("最多 %(most)d 期") % {"most": MOST_INSTALMENTS}, "rows")
    return [Instalment(n, day, amount) for n, (day, amount) in enumerate(sorted(rows), 1)]


def _check(found: Sequence[Instalment], terms: Terms, today: date) -> None:
    """What must be true of every plan, however it came about."""
    where = "rows" if terms.kind == PlanKind.CUSTOM else "first_on"
    if found[0].due_on < today:
        raise ScheduleRefused(_("还款日期不能早于今天 %(day)s") % {"day": today.isoformat()}, where)
    for before, after in pairwise(found):
        if before.due_on >= after.due_on:
            raise ScheduleRefused(_("%(day)s 有两期，请合并为一期") % {"day": after.due_on.isoformat()}, where)
    for one in found:
        if one.amount <= 0 or not is_cents(one.amount):
            raise ScheduleRefused(_("第 %(number)d 期金额须大于 0，最多两位小数") % {"number": one.number}, where)
    last = monthly(today, MOST_INSTALMENTS)
    if found[-1].due_on > last:
        raise ScheduleRefused(
            _("方案最长 %(most)d 个月，最后一期不能晚于 %(day)s") % {"most": MOST_INSTALMENTS, "day": last.isoformat()},
            where,
        )
    added = sum((one.amount for one in found), Decimal(0))
    if added != terms.total:
        raise ScheduleRefused(
            _("各期合计 %(sum)s 元，与方案总额 %(total)s 元相差 %(gap)s 元")
            % {"sum": f"{added:,.2f}", "total": f"{terms.total:,.2f}", "gap": f"{abs(added - terms.total):,.2f}"},
            where,
        )
