"""What deciding about a move needs: the cases with the desk on which each lies, and the desk they should go to."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from agents.complaints import upheld_against
from agents.models import Collector, Leave, LeaveState
from agents.moves.limits import CAPABILITY, Place, Reach
from cases.models import Case, Desk, DeskKind, PlanState, Promise, PromiseState, RepaymentPlan
from cases.querysets import CaseQuerySet
from collection_ops.core.access import Scope, scope
from collection_ops.core.dated_settings import Setting
from collection_ops.core.models import User

AWAY_DAYS = Setting(
    "moves.away_days",
    label=_("休假不少于多少天时不能接案"),
    default=14,
    source=_("内部管理"),
    unit=_("天"),
    least=1,
    most=365,
)
SOON = timedelta(days=3)


@dataclass(frozen=True)
class CaseFacts:
    """One case as it lies now. `total` in yuan."""

    id: int
    debtor_id: int
    desk_id: int | None
    total: Decimal
    stage: int
    product: str
    region: str
    is_open: bool


@dataclass(frozen=True)
class Target:
    """The desk that should take the cases, with the load it has (open cases, yuan) and what its person may take on."""

    id: int
    name: str
    place: Place
    user_id: int | None = None
    count: int = 0
    amount: Decimal = Decimal(0)
    is_working: bool = True
    may_contact: bool = True
    away: bool = False
    away_long: bool = False
    takes_new: bool = True
    soft_count: int | None = None
    hard_count: int | None = None
    soft_amount: Decimal | None = None
    hard_amount: Decimal | None = None
    stages: frozenset[int] = frozenset()
    products: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    upheld: frozenset[int] = field(default=frozenset())
    """Debtors whose complaint about the person was upheld."""


def movable(user: User, reach: Reach) -> CaseQuerySet:
    """Cases that this person may choose: the scope of the capability, and the pool for those who may take from it (a leader
    sees the pool's cases nowhere else)."""
    mine: CaseQuerySet = Case.objects.for_user(user, CAPABILITY)
    if scope(user, CAPABILITY) in (None, Scope.ALL) or not reach.takes_from(DeskKind.POOL):
        return mine
    in_pool = Q(desk__kind=DeskKind.POOL)
    return Case.objects.filter(in_pool | Q(desk__unit=user.unit) if user.unit else in_pool)


def facts_of(cases: QuerySet[Case], *, most: int | None = None) -> list[CaseFacts]:
    """In the order of ids, at most so many; one query."""
    rows = cases.order_by("pk").values_list(
        "pk", "loan__debtor_id", "desk_id", "total", "stage", "loan__product", "loan__region", "closed_on"
    )
    return [
        CaseFacts(pk, debtor, desk, total, stage, product, region, closed_on is None)
        for pk, debtor, desk, total, stage, product, region, closed_on in rows[:most]
    ]


def places() -> dict[int, tuple[Place, str]]:
    """Every desk by id: where it stands for the limits, and its name."""
    rows = Desk.objects.values_list("pk", "kind", "unit", "name")
    return {pk: (Place(kind, unit), name) for pk, kind, unit, name in rows}


def loads(desks: Collection[int]) -> dict[int, tuple[int, Decimal]]:
    """Cases in hand and yuan by desk."""
    in_hand = Case.objects.present().filter(desk__in=list(desks)).order_by().values_list("desk_id")
    return {desk: (number, amount) for desk, number, amount in in_hand.annotate(n=Count("pk"), a=Sum("total"))}


def target_of(desk: Desk, *, day: date, debtors: Collection[int]) -> Target:
    """The desk with the facts about its person on `day`. `debtors`: of the cases that should go there. Five queries."""
    place = Place(desk.kind, desk.unit)
    count, amount = loads([desk.pk]).get(desk.pk, (0, Decimal(0)))
    owner = desk.owner if desk.kind == DeskKind.COLLECTOR else None
    if owner is None:
        return Target(desk.pk, desk.name, place, count=count, amount=amount, is_working=desk.is_active)
    file = Collector.objects.filter(user=owner).first()
    away, away_long = _away(owner.pk, day)
    return Target(
        id=desk.pk,
        name=desk.name,
        place=place,
        user_id=owner.pk,
        count=count,
        amount=amount,
        is_working=desk.is_active and owner.is_active and (file is None or file.left_on is None or file.left_on > day),
        may_contact=may_contact([owner.pk], day).get(owner.pk, False),
        away=away,
        away_long=away_long,
        takes_new=file is None or file.takes_new,
        soft_count=file.soft_count if file else None,
        hard_count=file.hard_count if file else None,
        soft_amount=file.soft_amount if file else None,
        hard_amount=file.hard_amount if file else None,
        stages=frozenset(file.stages if file else ()),
        products=frozenset(file.products if file else ()),
        regions=frozenset(file.regions if file else ()),
        upheld=upheld_against(owner.pk, debtors, day=day),
    )


def _away(user_id: int, day: date) -> tuple[bool, bool]:
    """Whether the person is away now or soon, and whether for long: leave that is approved, from here on."""
    leaves = Leave.objects.filter(
        user=user_id, state=LeaveState.APPROVED, last_day__gte=day, first_day__lte=day + SOON
    ).values_list("first_day", "last_day")
    spans = [(last - max(first, day)).days + 1 for first, last in leaves]
    return bool(spans), bool(spans) and max(spans) >= AWAY_DAYS.on(day)


def in_touch(cases: Collection[int]) -> dict[int, tuple[str, date | None]]:
    """Those of `cases` in which somebody has the debtor's word: ("promise", its day) or ("plan", None). Two queries."""
    ids = list(cases)
    plans = RepaymentPlan.objects.filter(case__in=ids, state=PlanState.ACTIVE).values_list("case_id", flat=True)
    found: dict[int, tuple[str, date | None]] = dict.fromkeys(plans, ("plan", None))
    promises = Promise.objects.filter(case__in=ids, state=PromiseState.OPEN).order_by("-due_on")
    found |= {case: ("promise", due) for case, due in promises.values_list("case_id", "due_on")}
    return found


def linked_of(chosen: Mapping[int, CaseFacts], reachable: CaseQuerySet, target: int) -> list[CaseFacts]:
    """Other open cases of the same persons that the mover may move too and that are not on the target yet."""
    debtors = {case.debtor_id for case in chosen.values()}
    others = reachable.open().filter(loan__debtor_id__in=debtors).exclude(desk=target)
    return [case for case in facts_of(others) if case.id not in chosen]


def touched_at(case_ids: Collection[int]) -> dict[int, tuple[str, str, datetime]]:
    """Of cases that lie elsewhere than they were seen: the desk now, who put them there (empty: the system), and when."""
    from cases.models import Custody

    rows = Custody.objects.filter(case__in=list(case_ids), ended_at__isnull=True).select_related("desk", "moved_by")
    return {row.case_id: (row.desk.name, str(row.moved_by or ""), row.started_at) for row in rows}


def may_contact(users: Collection[int], day: date) -> dict[int, bool]:
    """Whether each of them may contact debtors on `day`, by the rules that the gate asks."""
    from compliance.selectors_staff import who_may_contact

    return who_may_contact(users, day)
