"""What a cover brought: money and how it was shared, promises, contacts, what became of each case, what is open."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from agents.cover.gather import Due, due_of
from agents.credit import Credit, credited
from agents.models import CaseFate, Cover, CoverCase, CoverState
from cases.models import Case, Promise, PromiseState
from collection_ops.core import clock
from compliance.models import AttemptState, ContactAttempt
from compliance.rules.facts import REACHED

ZERO = Decimal("0.00")
AHEAD = dt.timedelta(days=14)


@dataclass
class CaseMoney:
    """What one case brought while it was lent. Yuan; `owner` and `helper` add up to `total`."""

    case: Case
    owner: Decimal = ZERO
    helper: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        return self.owner + self.helper


@dataclass(frozen=True)
class Summary:
    """`lent`: how many cases; `fates`: (label, count); `made`: promises by label of their state, taken by the helper;
    `contacts` and `reached`: by the helper about these cases; `due`: what is open of them now and the next two weeks."""

    lent: int
    lent_total: Decimal
    fates: list[tuple[str, int]]
    money: list[CaseMoney]
    made: list[Promise]
    kept: int
    broken: int
    contacts: int
    reached: int
    due: Due

    @property
    def owner(self) -> Decimal:
        return sum((row.owner for row in self.money), ZERO)

    @property
    def helper(self) -> Decimal:
        return sum((row.helper for row in self.money), ZERO)

    @property
    def total(self) -> Decimal:
        return self.owner + self.helper


def summary_of(cover: Cover, *, now: dt.datetime) -> Summary:
    """As it is known at `now`. Ten queries, however many cases."""
    today = clock.business_date(now)
    rows = list(CoverCase.objects.filter(cover=cover).values_list("case_id", "fate", "total"))
    ids = [case_id for case_id, *_others in rows]
    counts = {fate: sum(1 for row in rows if row[1] == fate) for fate in ("", *CaseFate.values)}
    until = cover.ended_at or now
    since = cover.started_at or now
    made = Promise.objects.filter(case__in=ids, made_by=cover.helper, made_at__gte=since, made_at__lte=until)
    settled = Promise.objects.filter(
        case__in=ids, settled_on__gte=cover.first_day, settled_on__lte=min(cover.last_day, today)
    ).aggregate(
        kept=Count("pk", filter=Q(state=PromiseState.KEPT)),
        broken=Count("pk", filter=Q(state__in=[PromiseState.BROKEN, PromiseState.PART_KEPT])),
    )
    called = ContactAttempt.objects.filter(
        case__in=ids, actor=cover.helper, state=AttemptState.CLOSED, opened_at__gte=since, opened_at__lte=until
    ).aggregate(all=Count("pk"), reached=Count("pk", filter=Q(result__in=REACHED)))
    return Summary(
        lent=len(rows),
        lent_total=sum((row[2] for row in rows), ZERO),
        fates=_fates(cover, counts),
        money=_money(cover, ids, today),
        made=list(made.select_related("case__loan__debtor").order_by("due_on", "pk")[:200]),
        kept=settled["kept"],
        broken=settled["broken"],
        contacts=called["all"],
        reached=called["reached"],
        due=due_of(Case.objects.open().filter(pk__in=ids), last_day=max(today, cover.last_day) + AHEAD),
    )


def _fates(cover: Cover, counts: dict[str, int]) -> list[tuple[str, int]]:

    found = [(str(CaseFate(fate).label), counts[fate]) for fate in CaseFate.values if counts[fate]]
    if cover.state == CoverState.RUNNING:
        found.insert(0, (_("代管中"), counts[""]))
    return found


def _money(cover: Cover, cases: Collection[int], today: dt.date) -> list[CaseMoney]:
    """By case, what was credited under this cover; a payment taken back later is taken back here too."""
    if cover.started_at is None:
        return []
    people = [cover.owner_id, cover.helper_id]
    mine = [one for one in credited(first=cover.first_day, last=today, users=people) if one.cover_id == cover.pk]
    found = Case.objects.filter(pk__in={one.case_id for one in mine}).select_related("loan__debtor")
    money = {case.pk: CaseMoney(case) for case in found}
    for one in mine:
        _add(money[one.case_id], one, cover)
    return sorted(money.values(), key=lambda row: (-row.total, row.case.pk))


def _add(row: CaseMoney, one: Credit, cover: Cover) -> None:
    if one.user_id == cover.helper_id:
        row.helper += one.amount
    else:
        row.owner += one.amount
