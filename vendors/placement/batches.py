"""A batch from the draft to the agencies' desks: draft → submitted → approved by somebody else → applied, or withdrawn.

batch = draft(rule=rule, seed=7, actor=manager, now=now)
submit(batch=batch, actor=manager, now=now)
approve(batch=batch, actor=supervisor, now=now)
apply(batch=batch, actor=manager, now=now)
"""

import secrets
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from cases.imports.staging.copying import copy_rows
from cases.models import Desk
from cases.services.custody import CustodyRefused, deal_cases
from collection_ops.core import clock
from collection_ops.core.access import has
from collection_ops.core.models import Job, User
from collection_ops.core.services import audit
from vendors.models import Agency, BatchState, Placement, PlacementBatch, PlacementPlan
from vendors.placement.decide import CaseFact, Plan, decide, intakes, still_go
from vendors.placement.gather import Facts, agencies_of, cases_among, chosen_by, gather, may_receive, newest_day
from vendors.placement.numbers import next_number
from vendors.placement.rule import PlacementRefused, Rule

MAKE, APPROVE = "placements.make", "placements.approve"
PREFIX = "WA"
CUSTODY = "placed"
"""Reason of the custody (cases/custody_texts.py)."""
_COLUMNS = (
    "batch_id", "agency_id", "case_id", "loan_id", "stage", "product", "amount", "stratum", "placed_on", "recall_reason",
)  # fmt: skip
LARGEST_SEED = 2**53
"""Seeds are shown and typed in, so they stay exact in a spreadsheet and a browser."""


def new_seed() -> int:
    return secrets.randbelow(1_000_000_000)


def check(*, rule: Rule, seed: int, actor: User, now: datetime) -> None:
    """What is seen at once of whether a draft can be made. Raises PlacementRefused as `draft`."""
    require(actor, MAKE)
    _day_of(rule)
    _check_seed(seed)
    agencies = agencies_of(rule)
    _check_agencies(agencies, may_receive(agencies, clock.business_date(now)))


def draft(*, rule: Rule, seed: int, actor: User, now: datetime, job: Job | None = None) -> PlacementBatch:
    """A new batch with its preview. Raises PlacementRefused: no book, or an agency that may not be given cases. `job`: that
    makes it."""
    require(actor, MAKE)
    as_of = _day_of(rule)
    facts, plan = _planned(rule, seed, now)
    with transaction.atomic():
        batch = PlacementBatch.objects.create(
            number=next_number(PlacementBatch, PREFIX, clock.business_date(now)),
            as_of=as_of,
            rule=rule.to_json(),
            seed=seed,
            totals=_totals(facts, plan, rule),
            job=job,
            made_by=actor,
            made_at=now,
        )
        PlacementPlan.objects.create(batch=batch, **_kept(plan, rule))
        audit.record(action="placement.drafted", actor=actor, obj=batch, data=_figures(batch))
    return batch


def what_if(*, rule: Rule, seed: int, now: datetime) -> tuple[dict[str, Any], dict[str, list[int]]]:
    """What a batch would do, and nothing is written: (totals, agency id → case ids). Raises PlacementRefused as `draft`."""
    _day_of(rule)
    facts, plan = _planned(rule, seed, now)
    return _totals(facts, plan, rule), _kept(plan, rule)["assigned"]


def redraft(
    *, batch: PlacementBatch, rule: Rule, seed: int, actor: User, now: datetime, job: Job | None = None
) -> PlacementBatch:
    """Another rule or seed for a draft, and its preview anew. The one who does it is the maker from then on, and does not
    approve. Raises PlacementRefused as `draft`, or when it is no draft any more."""
    require(actor, MAKE)
    as_of = _day_of(rule)
    facts, plan = _planned(rule, seed, now)
    with transaction.atomic():
        held = hold(batch, BatchState.DRAFT)
        held.as_of, held.rule, held.seed = as_of, rule.to_json(), seed
        held.totals, held.made_by, held.job = _totals(facts, plan, rule), actor, job
        held.save(update_fields=["as_of", "rule", "seed", "totals", "made_by", "job"])
        PlacementPlan.objects.filter(batch=held).update(**_kept(plan, rule))
        audit.record(action="placement.redrafted", actor=actor, obj=held, data=_figures(held))
    return held


def submit(*, batch: PlacementBatch, actor: User, now: datetime) -> PlacementBatch:
    """Ask for approval. Raises PlacementRefused: no draft, or nothing to place."""
    require(actor, MAKE)
    with transaction.atomic():
        held = hold(batch, BatchState.DRAFT)
        if not held.totals.get("count"):
            raise PlacementRefused(_("没有可委出的案件，请修改规则"))
        held.state, held.submitted_at = BatchState.SUBMITTED, now
        held.save(update_fields=["state", "submitted_at"])
        audit.record(action="placement.submitted", actor=actor, obj=held, data=_figures(held))
    return held


def approve(*, batch: PlacementBatch, actor: User, now: datetime) -> PlacementBatch:
    """Somebody else agrees. Raises PlacementRefused: not waiting, or one's own."""
    require(actor, APPROVE)
    with transaction.atomic():
        held = hold(batch, BatchState.SUBMITTED)
        if held.made_by_id == actor.pk:
            raise PlacementRefused(_("自己编制的批次须由他人批准"))
        held.state, held.approved_by, held.approved_at = BatchState.APPROVED, actor, now
        held.save(update_fields=["state", "approved_by", "approved_at"])
        audit.record(action="placement.approved", actor=actor, obj=held, data=_figures(held))
    return held


def send_back(*, batch: PlacementBatch, reason: str, actor: User, now: datetime) -> PlacementBatch:
    """Not so: it is a draft again. Raises PlacementRefused: not waiting, or no reason."""
    require(actor, APPROVE)
    _check_words(reason, _("请写明退回的原因"))
    with transaction.atomic():
        held = hold(batch, BatchState.SUBMITTED)
        held.state, held.submitted_at = BatchState.DRAFT, None
        held.save(update_fields=["state", "submitted_at"])
        audit.record(action="placement.sent_back", actor=actor, obj=held, data=_figures(held), reason=reason)
    return held


def withdraw(*, batch: PlacementBatch, reason: str, actor: User, now: datetime) -> PlacementBatch:
    """Not at all. Raises PlacementRefused: applied already or withdrawn, or no reason."""
    require(actor, MAKE)
    _check_words(reason, _("请写明撤回的原因"))
    with transaction.atomic():
        held = hold(batch, BatchState.DRAFT, BatchState.SUBMITTED, BatchState.APPROVED)
        held.state = BatchState.WITHDRAWN
        held.save(update_fields=["state"])
        audit.record(action="placement.withdrawn", actor=actor, obj=held, data=_figures(held), reason=reason)
    return held


def apply(*, batch: PlacementBatch, actor: User, now: datetime) -> PlacementBatch:
    """Put the approved plan in force, all of it that still may go. What changed since the preview stays and is named
    (`plan.stayed`). Raises PlacementRefused: not approved, applied already, or an agency that may not be given cases.

    The batch is locked first: of two people at once one waits and is then told that it is done. Then the agencies' desks and
    the cases in the order of ids, as everybody who moves cases does.
    """
    require(actor, MAKE)
    day = clock.business_date(now)
    with transaction.atomic():
        held = hold(batch, BatchState.APPROVED)
        rule = Rule.read(held.rule)
        desks = [agency.desk_id for agency in agencies_of(rule)]
        list(Desk.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=desks).order_by("pk"))
        plan = PlacementPlan.objects.select_for_update().get(batch=held)
        planned = {case: int(agency) for agency, cases in plan.assigned.items() for case in cases}
        cases = cases_among(planned)
        list(cases.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
        facts = gather(cases.filter(closed_on__isnull=True), rule, day=day, now=now)
        _check_agencies(facts.agencies, facts.may_not)
        going, stays = still_go(facts.cases, planned)
        if not going:
            raise PlacementRefused(_("预览中的案件都已变化，没有可委出的。请撤回后重新编制"))
        label_of = {case: label for label, some in plan.strata.items() for case in some}
        _move(held, facts, going, label_of, actor=actor, day=day, now=now)
        plan.stayed = _by_code(stays)
        plan.save(update_fields=["stayed"])
        held.state, held.applied_at = BatchState.APPLIED, now
        held.totals = {**held.totals, "applied": _applied(facts, going, stays)}
        held.save(update_fields=["state", "applied_at", "totals"])
        figures = {"count": len(going), "stayed": len(stays), "agencies": _counts(going)}
        audit.record(action="placement.applied", actor=actor, obj=held, data=figures)
    return held


def _move(
    batch: PlacementBatch,
    facts: Facts,
    going: Mapping[int, int],
    label_of: Mapping[int, str],
    *,
    actor: User,
    day: date,
    now: datetime,
) -> None:
    dealt: dict[int, list[int]] = {agency.pk: [] for agency in facts.agencies}
    for case, agency in going.items():
        dealt[agency].append(case)
    parts = [(agency.desk, dealt[agency.pk]) for agency in facts.agencies]
    try:
        moved = deal_cases(dealt=parts, reason=CUSTODY, actor=actor, now=now)
    except CustodyRefused as refused:
        raise PlacementRefused(str(refused)) from refused
    if (count := sum(moved.values())) != len(going):  # they were locked and looked at: anything else is a fault of ours
        raise RuntimeError(f"{batch.number}: {count} of {len(going)} cases moved")
    by_id = {case.id: case for case in facts.cases}
    copy_rows(
        table=Placement._meta.db_table,
        columns=_COLUMNS,
        rows=(
            (batch.pk, agency, case, by_id[case].loan_id, by_id[case].stage, by_id[case].product, by_id[case].amount,
             label_of.get(case, "")[:64], day, "")
            for case, agency in going.items()
        ),
    )  # fmt: skip


def hold(batch: PlacementBatch, *states: BatchState) -> PlacementBatch:
    """Locked, in one of `states`. Raises PlacementRefused, naming the state that it is in."""
    held = PlacementBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    if held.state not in states:
        said = {"number": held.number, "state": held.get_state_display()}
        raise PlacementRefused(_("批次 %(number)s 的状态是“%(state)s”，不能这样处理。请刷新页面") % said)
    return held


def require(actor: User, capability: str) -> None:
    """Raises PlacementRefused."""
    if not has(actor, capability):
        raise PlacementRefused(_("您没有这项权限"))


def _check_words(words: str, sentence: str) -> None:
    if not words.strip():
        raise PlacementRefused(sentence, "reason")


def _day_of(rule: Rule) -> date:
    day = newest_day(rule.source)
    if day is None:
        raise PlacementRefused(_("没有在催案件，请先导入"), "source")
    return day


def _planned(rule: Rule, seed: int, now: datetime) -> tuple[Facts, Plan]:
    _check_seed(seed)
    day = clock.business_date(now)
    facts = gather(chosen_by(rule, day), rule, day=day, now=now)
    _check_agencies(facts.agencies, facts.may_not)
    return facts, decide(facts.cases, rule, facts.shares, seed)


def _check_seed(seed: int) -> None:
    if not 0 <= seed <= LARGEST_SEED:
        raise PlacementRefused(_("随机种子须为不小于 0 的整数"), "seed")


def _check_agencies(agencies: Iterable[Agency], may_not: Mapping[int, list[str]]) -> None:
    barred = [
        _("%(agency)s（%(why)s）") % {"agency": agency.name, "why": "；".join(may_not[agency.pk])}
        for agency in agencies
        if may_not[agency.pk]
    ]
    if barred:
        raise PlacementRefused(_("不能委案给：%(agencies)s") % {"agencies": "、".join(barred)}, "shares")


def _kept(plan: Plan, rule: Rule) -> dict[str, Any]:
    strata: dict[str, list[int]] = {}
    for case, (stage, band, product) in plan.stratum_of.items():
        strata.setdefault(f"{stage}|{rule.band_label(band)}|{product}", []).append(case)
    assigned = {str(agency): cases for agency, cases in plan.assigned.items()}
    return {"assigned": assigned, "strata": strata, "left_out": _by_code(plan.left_out), "stayed": {}}


def _by_code(left_out: Mapping[int, str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for case, code in sorted(left_out.items()):
        found.setdefault(code, []).append(case)
    return found


def _totals(facts: Facts, plan: Plan, rule: Rule) -> dict[str, Any]:
    """What the preview says; amounts as texts, since JSON knows no decimals."""
    by_id = {case.id: case for case in facts.cases}
    rows = _agency_rows(facts, plan.assigned)
    return {
        "chosen": sum(case.chosen for case in facts.cases),
        "count": plan.count,
        "persons": sum(row["persons"] for row in rows),
        "amount": str(sum((by_id[one].amount for ids in plan.assigned.values() for one in ids), Decimal(0))),
        "along": len(plan.along),
        "strata": len(set(plan.stratum_of.values())),
        "agencies": rows,
        "left_out": dict(Counter(plan.left_out.values()).most_common()),
        "sources": rule.source,
    }


def _agency_rows(facts: Facts, assigned: Mapping[int, list[int]]) -> list[dict[str, Any]]:
    by_id = {case.id: case for case in facts.cases}
    agency_of: dict[int, Agency] = {agency.pk: agency for agency in facts.agencies}
    best = max(facts.shares.values())
    return [
        {
            "agency": one.agency,
            "name": agency_of[one.agency].name,
            "share": str(one.share),
            "champion": one.share == best and len(facts.shares) > 1,
            "persons": one.persons,
            "count": one.count,
            "amount": str(one.amount),
            "mean_days": str(one.mean_days),
            "count_off": _said(one.count_off),
            "amount_off": _said(one.amount_off),
            "days_off": _said(one.days_off),
            "lopsided": one.lopsided,
            "stages": _stages([by_id[case] for case in assigned.get(one.agency, [])]),
        }
        for one in intakes(facts.cases, assigned, facts.shares)
    ]


def _said(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _stages(cases: list[CaseFact]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for stage in sorted({case.stage for case in cases}):
        own = [case.amount for case in cases if case.stage == stage]
        found[str(stage)] = {"count": len(own), "amount": str(sum(own, Decimal(0)))}
    return found


def _applied(facts: Facts, going: Mapping[int, int], stays: Mapping[int, str]) -> dict[str, Any]:
    by_id = {case.id: case for case in facts.cases}
    assigned: dict[int, list[int]] = {agency.pk: [] for agency in facts.agencies}
    for case, agency in going.items():
        assigned[agency].append(case)
    return {
        "count": len(going),
        "amount": str(sum((by_id[case].amount for case in going), Decimal(0))),
        "agencies": _agency_rows(facts, assigned),
        "stayed": dict(Counter(stays.values()).most_common()),
    }


def _counts(going: Mapping[int, int]) -> dict[str, int]:
    return {str(agency): number for agency, number in sorted(Counter(going.values()).items())}


def _figures(batch: PlacementBatch) -> dict[str, Any]:
    totals = batch.totals
    return {"number": batch.number, "seed": batch.seed, "count": totals["count"], "amount": totals["amount"]}
