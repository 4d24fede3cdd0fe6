"""What deciding about a batch needs: the chosen cases with the other debts of their persons, what stands against letting
them go, and the agencies. The number of queries does not depend on the number of cases."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Max, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _

from cases.models import Case, Custody, DeskKind, Hold, HoldType, Promise, PromiseState, RepaymentPlan
from cases.models.plan import LIVE
from cases.querysets import CaseQuerySet
from compliance.models.complaint import OPEN_STATES, Complaint
from vendors.agencies.gather import standing_of
from vendors.models import Agency, Placement
from vendors.placement.decide import CaseFact
from vendors.placement.rule import PlacementRefused, Rule
from vendors.scorecard.selectors import judged_months, newest

PROTECTED = frozenset(
    {
        HoldType.DECEASED,
        HoldType.INCAPACITATED,
        HoldType.BANKRUPTCY,
        HoldType.NO_CONTACT_ORDER,
        HoldType.SELF_HARM,
    }
)
"""Holds that only a document, a court or the compliance officer ends (compliance/rules/stops.py, CN-S-03, CN-S-04); every
other hold in force stops a placement too, since an agency would begin with a person who is to be left in peace."""


@dataclass(frozen=True)
class Facts:
    """`shares`: agency id → percent. `may_not`: agency id → sentences why it may not be given cases."""

    cases: list[CaseFact]
    agencies: list[Agency]
    shares: dict[int, Decimal]
    may_not: dict[int, list[str]]


def may_receive(agencies: Iterable[Agency], day: date) -> dict[int, list[str]]:
    """Agency id → why it may not be given cases on `day` (agencies/standing.py), nothing for one that may. A desk that is
    switched off is said where nothing else says why."""
    rows = list(agencies)
    closed = {agency.pk for agency in rows if not agency.desk.is_active}
    return {
        pk: [f"{one.rule} {one.sentence}" for one in found.obstacles] or [_("席位已停用")] * (pk in closed)
        for pk, found in standing_of(rows, day).items()
    }


def proposed_shares() -> tuple[date | None, dict[int, Decimal]]:
    """The newest month that was scored, and by id of the agency the share that its scorecard proposes. Two queries."""
    month = next(iter(judged_months(1)), None)
    if month is None:
        return None, {}
    return month, dict(newest().filter(month=month).values_list("agency", "share_proposed"))


def newest_day(source: str) -> date | None:
    """The newest business date of the open book, of one source (code) if given."""
    cases = Case.objects.open()
    if source:
        cases = cases.filter(loan__source__code=source)
    found: date | None = cases.aggregate(day=Max("as_of"))["day"]
    return found


def agencies_of(rule: Rule) -> list[Agency]:
    """In the order of the shares. Raises PlacementRefused: a code that is no agency's. Whether it may be given cases says
    `may_receive`, with the reason."""
    known = {agency.desk.code: agency for agency in Agency.objects.select_related("desk")}
    unknown = [code for code, _share in rule.shares if code not in known]
    if unknown:
        raise PlacementRefused(_("没有代码为 %(codes)s 的委外机构") % {"codes": ", ".join(unknown)}, "shares")
    found = [known[code] for code, _share in rule.shares]
    for agency in found:
        if agency.desk.kind != DeskKind.AGENCY:
            raise PlacementRefused(_("“%(agency)s”的席位不是委外席位") % {"agency": agency.name}, "shares")
    return found


def chosen_by(rule: Rule, day: date) -> CaseQuerySet:
    """Open cases that the rule's filters find, wherever they lie. Days in the pool are those since the present custody."""
    cases: CaseQuerySet = Case.objects.open()
    if rule.source:
        cases = cases.filter(loan__source__code=rule.source)
    if rule.stages:
        cases = cases.filter(stage__in=rule.stages)
    if rule.products:
        cases = cases.filter(loan__product__in=rule.products)
    if rule.regions:
        cases = cases.filter(loan__region__in=rule.regions)
    if rule.amount_from is not None:
        cases = cases.filter(total__gte=rule.amount_from)
    if rule.amount_to is not None:
        cases = cases.filter(total__lte=rule.amount_to)
    since = Q(custodies__ended_at__isnull=True)
    if rule.pool_days_from is not None:
        since &= Q(custodies__started_at__date__lte=day - timedelta(days=rule.pool_days_from))
    if rule.pool_days_to is not None:
        since &= Q(custodies__started_at__date__gte=day - timedelta(days=rule.pool_days_to))
    if (rule.pool_days_from, rule.pool_days_to) != (None, None):
        cases = cases.filter(since)
    return cases


def cases_among(ids: Iterable[int]) -> CaseQuerySet:
    """By one array: a filter with a parameter for each of so many numbers costs more than what it finds."""
    return Case.objects.filter(pk__in=RawSQL("SELECT unnest(%s::bigint[])", [list(ids)]))


def gather(chosen: QuerySet[Case], rule: Rule, *, day: date, now: datetime) -> Facts:
    """Facts about the cases of `chosen` and all other open debts of their persons. Thirteen queries."""
    agencies = agencies_of(rule)
    shares = {agency.pk: share for agency, (_code, share) in zip(agencies, rule.shares, strict=True)}
    ids = set(chosen.order_by().values_list("pk", flat=True))
    persons = chosen.order_by().values("loan__debtor_id")
    rows = (
        Case.objects.open()
        .filter(loan__debtor_id__in=persons)
        .order_by("pk")
        .values_list(
            "pk", "loan_id", "loan__debtor_id", "stage", "loan__product", "total", "days_past_due", "desk__kind",
            "absent_since",
        )
    )  # fmt: skip
    of_person, of_case = _persons_reasons(now), _cases_reasons()
    been = _been(agencies)
    nothing: frozenset[int] = frozenset()
    cases = [
        CaseFact(
            pk,
            loan,
            debtor,
            stage,
            product,
            total,
            days,
            chosen=pk in ids,
            reason=_lies_wrong(kind, rule, absent) or of_person.get(debtor, "") or of_case.get(pk, ""),
            been=been.get(loan, nothing),
        )
        for pk, loan, debtor, stage, product, total, days, kind, absent in rows.iterator(chunk_size=5_000)
    ]
    return Facts(cases, agencies, shares, may_receive(agencies, day))


def _lies_wrong(kind: str | None, rule: Rule, absent: date | None) -> str:
    if kind == DeskKind.AGENCY:
        return "with_agency"
    if kind not in rule.places:
        return "with_collector" if kind == DeskKind.COLLECTOR else "in_pool"
    return "absent" if absent is not None else ""


def _persons_reasons(now: datetime) -> dict[int, str]:
    """Debtor id → code: an open complaint, a hold, a protection; the last is said where there are several. Two queries."""
    complained = Complaint.objects.filter(state__in=OPEN_STATES, debtor__isnull=False)
    found = dict.fromkeys(complained.values_list("debtor_id", flat=True), "complaint")
    holds = list(Hold.objects.in_force(now).values_list("debtor_id", "type"))
    found |= {debtor: "on_hold" for debtor, kind in holds if kind != HoldType.COMPLAINT}
    found |= {debtor: "complaint" for debtor, kind in holds if kind == HoldType.COMPLAINT}
    return found | {debtor: "protected" for debtor, kind in holds if kind in PROTECTED}


def _cases_reasons() -> dict[int, str]:
    """Case id → code: a placement that is not over (also where the case was moved off the agency's desk by hand), a plan
    that is proposed or kept, a promise that waits for its money. Three queries."""
    placed = Placement.objects.filter(recalled_on__isnull=True).values_list("case_id", flat=True)
    plans = RepaymentPlan.objects.filter(state__in=LIVE).values_list("case_id", flat=True)
    promises = Promise.objects.filter(state=PromiseState.OPEN).values_list("case_id", flat=True)
    found = dict.fromkeys(plans, "plan") | dict.fromkeys(promises, "promise")
    return found | dict.fromkeys(placed, "with_agency")


def _been(agencies: Collection[Agency]) -> dict[int, frozenset[int]]:
    """Loan id → agencies of `agencies` that had it, or whose group had it: by placement, or by custody before there were
    placements. Three queries."""
    groups = {agency.group for agency in agencies if agency.group}
    kin = list(Agency.objects.filter(Q(group__in=groups) | Q(pk__in=[agency.pk for agency in agencies])))
    barred: dict[int, list[int]] = {
        one.pk: [agency.pk for agency in agencies if agency.pk == one.pk or (one.group and agency.group == one.group)]
        for one in kin
    }
    of_desk = {one.desk_id: one.pk for one in kin}
    found: dict[int, set[int]] = defaultdict(set)
    for loan, agency in Placement.objects.filter(agency__in=kin).values_list("loan_id", "agency_id"):
        found[loan] |= set(barred[agency])
    held = Custody.objects.filter(desk__in=list(of_desk)).order_by().values_list("case__loan_id", "desk_id").distinct()
    for loan, desk in held:
        found[loan] |= set(barred[of_desk[desk]])
    return {loan: frozenset(some) for loan, some in found.items()}


def in_touch(cases: Collection[int]) -> dict[int, tuple[str, date | None]]:
    """Those of `cases` whose debtor gave their word: ("promise", its day) or ("plan", None). Two queries."""
    ids = list(cases)
    plans = RepaymentPlan.objects.filter(case__in=ids, state__in=LIVE).values_list("case_id", flat=True)
    found: dict[int, tuple[str, date | None]] = dict.fromkeys(plans, ("plan", None))
    promises = Promise.objects.filter(case__in=ids, state=PromiseState.OPEN).order_by("-due_on")
    return found | {case: ("promise", due) for case, due in promises.values_list("case_id", "due_on")}


def names_of(agencies: Iterable[Agency]) -> Mapping[int, str]:
    return {agency.pk: agency.name for agency in agencies}
