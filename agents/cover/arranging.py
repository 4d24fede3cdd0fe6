"""Arranging a cover: what it would do, and the one door by which it comes into being."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agents.cover.deal import Deal, Piece, deal
from agents.cover.gather import Candidate, Due, candidates, due_of, lendable, pieces
from agents.cover.refusals import CoverRefused, no_room, trouble_text
from agents.cover.starting import start_covers
from agents.cover.telling import tell
from agents.models import OPEN_COVERS, Cover, CoverScope, Leave, LeaveState
from cases.models import Desk
from cases.stage import OVERDUE_STAGES
from collection_ops.core import clock
from collection_ops.core.dated_settings import Setting
from collection_ops.core.models import User
from collection_ops.core.services import audit

LONGEST_DAYS = 120
"""A longer absence is a change of hands."""
MOST_HELPERS = 8

SHARE = Setting(
    "cover.helper_share",
    label=gettext_lazy("代管期间代管人的业绩占比"),
    default=Decimal("50"),
    unit="%",
    source=gettext_lazy("业务约定；安排代管时可逐次调整"),
    least=0,
    most=100,
)


@dataclass(frozen=True)
class Wish:
    """A cover as somebody wants it. `share`: per cent of the money for the helper."""

    owner: User
    helpers: tuple[User, ...]
    first_day: dt.date
    last_day: dt.date
    share: Decimal
    scope: str = CoverScope.ALL
    stages: tuple[int, ...] = ()
    leave: Leave | None = None
    reason: str = ""
    handover_note: str = ""


@dataclass(frozen=True)
class HelperPlan:
    """One helper before and after. Yuan."""

    candidate: Candidate
    count: int
    amount: Decimal
    expected: Decimal

    @property
    def count_after(self) -> int:
        return self.candidate.count + self.count

    @property
    def amount_after(self) -> Decimal:
        return self.candidate.amount + self.amount


@dataclass(frozen=True)
class CoverPreview:
    """What the cover would lend as things stand, whom to, and what falls due meanwhile."""

    pieces: list[Piece]
    helpers: list[HelperPlan]
    left: int
    due: Due

    @property
    def amount(self) -> Decimal:
        return sum((piece.total for piece in self.pieces), Decimal("0.00"))

    @property
    def expected(self) -> Decimal:
        return sum((piece.expected for piece in self.pieces), Decimal("0.00"))


def read_share(typed: str) -> Decimal:
    """Per cent as typed. Raises CoverRefused."""
    try:
        share = Decimal(typed.strip())
        if share.is_finite() and 0 <= share <= 100 and share == round(share, 2):
            return share
    except InvalidOperation:
        pass
    raise CoverRefused(_("业绩占比须为 0 至 100 的数字，至多两位小数"), "share")


def preview(wish: Wish, *, now: dt.datetime) -> CoverPreview:
    """What `wish` would do if it began now; nothing is kept. Raises CoverRefused as arranging would, but for room."""
    found = _checked(wish, now=now)
    cases = lendable(wish.owner, scope=wish.scope, stages=wish.stages, last_day=wish.last_day)
    to_lend = pieces(cases, day=clock.business_date(now))
    dealt = deal(to_lend, [one.room for one in found])
    due = due_of(cases, first_day=wish.first_day, last_day=wish.last_day)
    return CoverPreview(to_lend, list(_plans(found, to_lend, dealt)), len(dealt.left), due)


def _plans(found: Iterable[Candidate], to_lend: Sequence[Piece], dealt: Deal) -> Iterable[HelperPlan]:
    by_case = {piece.case_id: piece for piece in to_lend}
    for candidate in found:
        mine = [by_case[case_id] for case_id in dealt.to[candidate.user.pk]]
        amount, expected = sum((p.total for p in mine), Decimal(0)), sum((p.expected for p in mine), Decimal(0))
        yield HelperPlan(candidate, len(mine), amount, expected)


def arrange_cover(*, wish: Wish, actor: User, now: dt.datetime) -> list[Cover]:
    """Arrange it, a cover a helper, and begin at once where the first day is today. Raises CoverRefused: days that cannot
    be, nobody to help, a helper who is away, without certificate or without room, or the absence is covered already (two
    who arrange it at once: the second is told)."""
    try:
        with transaction.atomic():
            return _arrange(wish, actor, now)
    except IntegrityError as clash:
        if "cover_one_arrangement_at_a_time" not in str(clash):
            raise
        raise CoverRefused(_("%(who)s 在这段时间已有代管安排") % {"who": wish.owner}, "first_day", "twice") from clash


def _arrange(wish: Wish, actor: User, now: dt.datetime) -> list[Cover]:
    lock_desks([wish.owner, *wish.helpers])
    planned = preview(wish, now=now)
    if planned.left:
        raise no_room(planned.left)
    arrangement = uuid.uuid4()
    covers = [
        Cover.objects.create(
            arrangement=arrangement, helper=helper, arranged_by=actor, arranged_at=now, **_columns(wish)
        )
        for helper in sorted(wish.helpers, key=lambda one: one.pk)
    ]
    figures = {"cases": len(planned.pieces), "amount": str(planned.amount)}
    for cover in covers:
        data = {**figures, "owner": wish.owner.pk, "helper": cover.helper_id, "share": str(cover.share)}
        data |= {"first_day": wish.first_day.isoformat(), "last_day": wish.last_day.isoformat()}
        audit.record(action="cover.arranged", actor=actor, obj=cover, data=data, reason=wish.reason)
        tell(cover, "cover.arranged", actor=actor)
    if wish.first_day == clock.business_date(now):
        trouble = start_covers(arrangement=arrangement, actor=actor, now=now)
        if trouble:
            raise CoverRefused(trouble_text(trouble), "helpers", trouble)
        for cover in covers:
            cover.refresh_from_db()
    return covers


def _columns(wish: Wish) -> dict[str, Any]:
    return {
        "owner": wish.owner,
        "first_day": wish.first_day,
        "last_day": wish.last_day,
        "scope": wish.scope,
        "stages": sorted(wish.stages) if wish.scope == CoverScope.STAGES else [],
        "share": wish.share,
        "leave": wish.leave,
        "reason": wish.reason.strip()[:200],
        "handover_note": wish.handover_note.strip()[:1000],
    }


def lock_desks(people: Iterable[User]) -> None:
    """Whoever arranges something for the same people waits. In the order of ids."""
    list(Desk.objects.select_for_update().filter(owner__in=[user.pk for user in people]).order_by("pk"))


def _checked(wish: Wish, *, now: dt.datetime) -> list[Candidate]:
    """The helpers with their loads. Raises CoverRefused."""
    check_days(wish.first_day, wish.last_day, today=clock.business_date(now))
    if wish.scope not in CoverScope.values:
        raise CoverRefused(_("请选择范围"), "scope")
    if wish.scope == CoverScope.STAGES and not set(wish.stages) & set(OVERDUE_STAGES):
        raise CoverRefused(_("请选择至少一个阶段"), "stages")
    if wish.leave and (wish.leave.user_id != wish.owner.pk or wish.leave.state != LeaveState.APPROVED):
        raise CoverRefused(_("这次请假未获批准，或不是该员的"), "leave")
    if not hasattr(wish.owner, "desk"):
        raise CoverRefused(_("%(who)s 没有席位，没有案件可以代管") % {"who": wish.owner}, "owner")
    ids = [helper.pk for helper in wish.helpers]
    if not ids:
        raise CoverRefused(_("请选择代管人"), "helpers")
    if len(ids) > MOST_HELPERS or len(set(ids)) < len(ids):
        raise CoverRefused(_("代管人重复或超过 %(most)s 位") % {"most": MOST_HELPERS}, "helpers")
    if wish.owner.pk in ids:
        raise CoverRefused(_("缺席人不能代管自己的案件"), "helpers")
    _lends_nothing_borrowed(wish)
    return able(User.objects.filter(pk__in=ids), count=len(ids), first_day=wish.first_day, last_day=wish.last_day)


def check_days(first_day: dt.date, last_day: dt.date, *, today: dt.date) -> None:
    """Raises CoverRefused."""
    if first_day < today:
        raise CoverRefused(_("开始日期不能早于今天"), "first_day")
    if last_day < first_day:
        raise CoverRefused(_("结束日期不能早于开始日期"), "last_day")
    if (last_day - first_day).days >= LONGEST_DAYS:
        raise CoverRefused(_("代管至多 %(days)s 天；更长的缺席请重新分案") % {"days": LONGEST_DAYS}, "last_day")


def _lends_nothing_borrowed(wish: Wish) -> None:
    """Who is away and covers somebody else hands that on first."""
    borrowed = Cover.objects.filter(
        helper=wish.owner, state__in=OPEN_COVERS, first_day__lte=wish.last_day, last_day__gte=wish.first_day
    )
    other = borrowed.select_related("owner").first()
    if other:
        said = {"who": wish.owner, "owner": other.owner, "day": f"{other.last_day:%m-%d}"}
        raise CoverRefused(
            _("%(who)s 正代管 %(owner)s 的案件至 %(day)s，请先在那项代管里转交他人") % said, "owner", "helps"
        )


def able(people: Any, *, count: int, first_day: dt.date, last_day: dt.date) -> list[Candidate]:
    """The helpers, all of whom can. Raises CoverRefused with the first reason why not."""
    found = candidates(people, first_day=first_day, last_day=last_day)
    if len(found) < count:
        raise CoverRefused(_("代管人没有席位，不能接案"), "helpers", "desk")
    for one in found:
        if one.trouble == "away":
            said = {"who": one.user, "day": f"{one.away_on:%m-%d}"}
            raise CoverRefused(_("%(who)s 自己 %(day)s 不在岗，不能代管") % said, "helpers", "away")
        if one.trouble:
            raise CoverRefused(f"{one.user}：{trouble_text(one.trouble)}", "helpers", one.trouble)
    return sorted(found, key=lambda one: one.user.pk)
