"""What the points of a case are made of, in words; and the order of the first few with the best hour counted in.

    points = group + amount + stage + days to roll + days since the last contact + no number + held      (gather.py)
           + the best hour, if it is now, and the days before payday                                     (here)

Pure: rows and weights in, parts and an order out.
"""

import datetime as dt
from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from agents.workbench.queue.gather import QueueRow
from agents.workbench.queue.weights import AMOUNT_STEPS, QUIET_STEPS, Group, Weights
from cases.stage import Stage


@dataclass(frozen=True)
class Part:
    """One reason with its points: «3 天后滚入 M3», +15."""

    text: str
    points: int

    @property
    def signed(self) -> str:
        return f"{self.points:+d}"


@dataclass(frozen=True)
class Scored:
    """A case in its place: the row, its parts (what moves it, strongest first after the group), and their sum."""

    row: QueueRow
    parts: list[Part]
    points: int

    @property
    def reason(self) -> str:
        """The first words of the why: the group's part, which is always the first."""
        return self.parts[0].text


def scored(
    row: QueueRow, weights: Weights, *, today: dt.date, best_hour: str = "", before_payday: bool = False
) -> Scored:
    """The row with its points spelt out. `best_hour`: the words of the person's best hour if it is now, else empty."""
    first, *others = _parts(row, weights, today)
    if best_hour:
        others.append(Part(best_hour, weights["hour"]))
    if before_payday:
        others.append(Part(_("发薪日前三天"), weights["payday"]))
    total = first.points + sum(part.points for part in others)
    others = sorted((part for part in others if part.points), key=lambda part: -abs(part.points))
    return Scored(row, [first, *others], total)


def ordered(
    rows: Sequence[QueueRow],
    weights: Weights,
    *,
    today: dt.date,
    best_now: Mapping[int, str] | None = None,
    before_payday: Collection[int] = (),
) -> list[Scored]:
    """The rows in the order in which they are served. `best_now`: debtor id → words, for those whose best hour is now;
    `before_payday`: ids of debtors who are paid in the next three days."""
    best = best_now or {}
    found = [
        scored(
            row,
            weights,
            today=today,
            best_hour=best.get(row.debtor_id, ""),
            before_payday=row.debtor_id in before_payday,
        )
        for row in rows
    ]
    return sorted(found, key=lambda one: (-one.points, -one.row.total, one.row.case_id))


def _parts(row: QueueRow, weights: Weights, today: dt.date) -> Iterator[Part]:
    yield Part(_group_text(row, today), weights[f"group_{row.group.value}"])
    step = bisect_right(AMOUNT_STEPS, row.total)
    yield Part(_("欠款 %(amount)s 元") % {"amount": _yuan(row.total)}, weights.amounts[step])
    yield Part(str(Stage(row.stage).label), weights.stages[row.stage])
    if row.rolls_in is not None and 1 <= row.rolls_in <= weights["rolls_within"]:
        yield Part(_("滚动临近"), weights.rolls[min(row.rolls_in, 3) - 1])
    if row.quiet_days is not None:
        points = weights.quiets[bisect_right(QUIET_STEPS, row.quiet_days)]
        yield Part(_quiet_text(row.quiet_days), points)
    if not row.has_number:
        yield Part(_("没有本人号码"), weights["no_number"])
    if row.is_held:
        yield Part(_("停催中"), weights["held"])


def _group_text(row: QueueRow, today: dt.date) -> str:
    amount = _yuan(row.told_amount)
    match row.group:
        case Group.PROMISE_DUE:
            if row.told_at is not None and _local(row.told_at).date() < today:
                return _("承诺 %(day)s 到期，宽限中 %(amount)s 元") % {
                    "day": _day(row.told_at, today),
                    "amount": amount,
                }
            return _("承诺今日到期 %(amount)s 元") % {"amount": amount}
        case Group.PROMISE_BROKEN:
            return _("承诺 %(day)s 到期未付 %(amount)s 元") % {"day": _day(row.told_at, today), "amount": amount}
        case Group.CALLBACK:
            return _("约定 %(moment)s 回拨") % {"moment": f"{_local(row.told_at):%m-%d %H:%M}"}
        case Group.ROLLING:
            return _("%(roll)s，还清 %(amount)s 元可止住") % {"roll": _roll_text(row), "amount": _yuan(row.total)}
        case Group.FIRST:
            return _("尚未联系过")
        case _:
            return _("按顺序跟进")


def _roll_text(row: QueueRow) -> str:
    following = {"stage": Stage(row.stage + 1).label, "days": row.rolls_in}
    if row.rolls_in == 1:
        return _("明日滚入 %(stage)s") % following
    return _("%(days)s 天后滚入 %(stage)s") % following


def _quiet_text(days: int) -> str:
    if days <= 0:
        return _("今日已联系")
    return _("%(days)s 天未联系") % {"days": days}


def _day(moment: dt.datetime | None, today: dt.date) -> str:
    if moment is None:
        return "–"
    day = _local(moment).date()
    return _("昨日") if (today - day).days == 1 else f"{day:%m-%d}"


def _local(moment: dt.datetime | None) -> dt.datetime:
    assert moment is not None, "a source gives a moment with its group"
    return timezone.localtime(moment)


def _yuan(amount: Decimal | None) -> str:
    return "–" if amount is None else f"{amount:,.2f}"
