"""The demo's batches: what lies with the agency from the first day, written down; one batch that went to three agencies
some weeks ago; on the last day one that waits to be approved, and a list of cases to come back of which one is kept."""

from datetime import date, time, timedelta
from decimal import Decimal
from random import Random

from django.utils import timezone

from cases.demo.play import AGENCY_DESK, Staff, staff_day
from cases.models import Custody
from collection_ops.core.access import users_with
from collection_ops.core.models import User
from compliance.demo_parts import at
from vendors.agencies.demo import Profile, admit, credit_code
from vendors.agencies.register import EDIT, JUDGE, Master
from vendors.models import Agency, BatchState, ItemState, Placement, PlacementBatch, PlacementPlan, RecallItem
from vendors.placement import batches, recalls
from vendors.placement.batches import APPROVE, MAKE, PREFIX
from vendors.placement.numbers import next_number
from vendors.placement.reasons import KEEPABLE
from vendors.placement.rule import PlacementRefused, Rule

SEED = 20260731
OLD = [4, 5, 6, 7]
"""Stages that go to agencies."""
MADE_AT, SUBMITTED_AT, APPROVED_AT, APPLIED_AT = time(9, 35), time(9, 40), time(9, 55), time(10, 5)
PROPOSED_AT, ASKED_AT, DECIDED_AT = time(2, 10), time(11, 5), time(15, 30)


YUNFAN = Profile(
    "agency-yunfan",
    Master(
        "云帆信用管理有限公司", "", credit_code(2604), "400-555-0177", "", "云杉路 22 号", "温经理", "010-5555 0178"
    ),
    days=380,
    people=4,
)
CHANGTING = Profile(
    "agency-changting",
    Master("长亭商务服务有限公司", "", credit_code(2605), "400-555-0188", "", "长亭路 5 号", "严经理", "010-5555 0189"),
    days=390,
    people=4,
)


@staff_day
def admit_others(*, day: date, days_left: int, staff: Staff, random: Random) -> None:
    """Two more agencies beside the one that has cases, so that there is somebody to compare it with."""
    editor, judge = users_with(EDIT).order_by("pk").first(), users_with(JUDGE).order_by("pk").first()
    if editor is None or judge is None or not Agency.objects.filter(desk__code=AGENCY_DESK).exists():
        return
    if not Agency.objects.filter(desk__code=YUNFAN.code).exists():
        for profile in (YUNFAN, CHANGTING):
            admit(profile, day=day, editor=editor, judge=judge)


@staff_day
def place_cases(*, day: date, days_left: int, staff: Staff, random: Random) -> None:
    """What was handed to the agency by hand gets its record; on the second day the oldest of the pool go to all three."""
    agency, actor = Agency.objects.filter(desk__code=AGENCY_DESK).first(), users_with(MAKE).order_by("pk").first()
    approver = users_with(APPROVE).order_by("pk").first()
    if agency is None or actor is None or approver is None:
        return
    recalls.settle(now=at(day, time(20, 0)))
    began = Agency.objects.filter(desk__code=YUNFAN.code, created_at__lt=at(day, time())).exists()
    _write_down(agency, day, actor, approver)
    if began and not PlacementBatch.objects.filter(state=BatchState.APPLIED, seed=SEED).exists():
        batch = _submitted(_rule(OLD, "40", "35", "25"), SEED, day, actor)
        if batch is not None:
            batches.approve(batch=batch, actor=approver, now=at(day, APPROVED_AT))
            batches.apply(batch=batch, actor=actor, now=at(day, APPLIED_AT))


@staff_day
def leave_for_people(*, day: date, days_left: int, staff: Staff, random: Random) -> None:
    """On the last day that people play: what is over its days is proposed for return, and collectors' oldest cases wait to
    be given away."""
    actor = users_with(MAKE).order_by("pk").first()
    if days_left > 1 or actor is None or not Placement.objects.exists():
        return
    recalls.propose(day=day, actor=None, now=at(day, PROPOSED_AT))
    _ask_to_keep(day, actor)
    if not PlacementBatch.objects.filter(state=BatchState.SUBMITTED).exists():
        _submitted(_rule([7], "45", "30", "25", places=["pool", "collector"]), SEED + 1, day, actor)


def _rule(stages: list[int], *shares: str, places: list[str] | None = None) -> Rule:
    codes = (AGENCY_DESK, YUNFAN.code, CHANGTING.code)
    return Rule.read({"stages": stages, "shares": dict(zip(codes, shares, strict=True)), "places": places})


def _submitted(rule: Rule, seed: int, day: date, actor: User) -> PlacementBatch | None:
    """None where the book has nothing for it."""
    try:
        batch = batches.draft(rule=rule, seed=seed, actor=actor, now=at(day, MADE_AT))
        return batches.submit(batch=batch, actor=actor, now=at(day, SUBMITTED_AT))
    except PlacementRefused:
        PlacementBatch.objects.filter(seed=seed, state=BatchState.DRAFT).delete()
        return None


def _ask_to_keep(day: date, actor: User) -> None:
    """The first is kept for a month, the second is asked for and waits; the rest comes back."""
    items = RecallItem.objects.filter(state=ItemState.PENDING, reason__in=KEEPABLE).order_by("pk")[:2]
    for number, item in enumerate(items):
        words = ("客户已约定下月分两期还清，录音编号 SF-0731", "客户愿意协商，申请再联系一个月")[number]
        recalls.ask_keep(item=item, words=words, actor=actor, now=at(day, ASKED_AT))
        if not number:
            recalls.decide_keep(
                item=item, granted=True, until=day + timedelta(days=30), words="有约定还款日，同意留案一个月",
                actor=actor, now=at(day, DECIDED_AT),
            )  # fmt: skip


def _write_down(agency: Agency, day: date, actor: User, approver: User) -> None:
    """A batch for the cases that the supervisor moved to the agency today: the desk had them before there were batches, and
    money without a placement is nobody's. Written straight, as no batch moves what lies with an agency already."""
    held = Custody.objects.filter(desk=agency.desk, ended_at__isnull=True, case__closed_on__isnull=True)
    known = Placement.objects.filter(agency=agency).values("loan_id")
    rows = list(held.exclude(case__loan__in=known).select_related("case__loan").order_by("case__loan__contract_no"))
    if not rows:
        return
    moved_at = max(one.started_at for one in rows)
    total = sum((one.case.total for one in rows), Decimal(0))
    batch = PlacementBatch.objects.create(
        number=next_number(PlacementBatch, PREFIX, day), as_of=day, seed=0, state=BatchState.APPLIED, made_by=actor,
        rule=_rule(OLD[-1:], "100", "0", "0").to_json(), made_at=moved_at, submitted_at=moved_at, approved_by=approver,
        approved_at=moved_at, applied_at=moved_at, totals=_totals(agency, rows, total),
    )  # fmt: skip
    assigned = {str(agency.pk): [one.case_id for one in rows]}
    PlacementPlan.objects.create(batch=batch, assigned=assigned)
    Placement.objects.bulk_create(
        Placement(
            batch=batch, agency=agency, case=one.case, loan=one.case.loan, stage=one.case.stage,
            product=one.case.loan.product, amount=one.case.total, placed_on=timezone.localdate(one.started_at),
        )
        for one in rows
    )  # fmt: skip


def _totals(agency: Agency, rows: list[Custody], total: Decimal) -> dict[str, object]:
    """As a batch of one agency keeps them."""
    stages: dict[str, dict[str, object]] = {}
    for stage in sorted({one.case.stage for one in rows}):
        own = [one.case.total for one in rows if one.case.stage == stage]
        stages[str(stage)] = {"count": len(own), "amount": str(sum(own, Decimal(0)))}
    persons = len({one.case.loan.debtor_id for one in rows})
    mean = sum(one.case.days_past_due for one in rows) / Decimal(len(rows))
    row = {
        "agency": agency.pk, "name": agency.name, "share": "100", "champion": False, "persons": persons,
        "count": len(rows), "amount": str(total), "mean_days": f"{mean:.1f}", "count_off": "0.0", "amount_off": "0.0",
        "days_off": "0.0", "lopsided": [], "stages": stages,
    }  # fmt: skip
    figures = {"count": len(rows), "amount": str(total), "agencies": [row]}
    return {
        **figures, "chosen": len(rows), "persons": persons, "along": 0, "strata": 1, "left_out": {}, "sources": "",
        "applied": {**figures, "stayed": {}},
    }  # fmt: skip
