"""The demo's care for persons: a death told on the phone, a dispute, a hardship that is flagged and worked off, a number
learned on a call and one that wants no more of them."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from io import BytesIO
from random import Random

from django.utils import timezone

from cases.demo.people import UNASSIGNED_MOBILE_PREFIX
from cases.demo.play import Staff, staff_day
from cases.models import Case, ContactPoint, DispositionKind, HoldType, RiskFlag, RiskType
from cases.services.attachments import attach
from cases.services.contact_points import add_point, mark_refused, mark_valid
from cases.services.custody import move_cases
from cases.services.holds import place_hold
from cases.services.risk import Step, decide_risk, finish_step, raise_risk
from collection_ops.core.models import User

FLAGGED, DECIDED, WORKED = 5, 4, 2
"""Days left on which flags are raised, decided, and the first step is done."""
OLDEST = 12
CERTIFICATE = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 80]/Contents 4 0 R/Resources<</Font<</F<</Type/Font/Subtype/Type1"
    b"/BaseFont/Helvetica>>>>>>>>endobj\n4 0 obj<</Length 48>>stream\nBT /F 12 Tf 20 40 Td (Invented certificate) Tj ET\n"
    b"endstream endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)


@staff_day
def care_for_persons(*, day: date, days_left: int, staff: Staff, random: Random) -> None:
    """What the collectors hear and the supervisor decides on the last days."""
    if days_left == FLAGGED:
        for collector, type, evidence in zip(
            staff.collectors,
            (RiskType.HARDSHIP, RiskType.LOST),
            ("来电：上月失业，孩子住院，只能每月还 300 元", "本人号码连续三周无人接听，登记地址已退租"),
            strict=False,
        ):
            for case in _chosen(collector, random, 1):
                proposal = DispositionKind.ASSISTANCE if type == RiskType.HARDSHIP else DispositionKind.TRACING
                raise_risk(
                    case=case, type=type, evidence=evidence, proposal=proposal, actor=collector, now=_at(day, 15, 5)
                )
    elif days_left == DECIDED:
        _decide(day, staff)
    elif days_left == WORKED:
        _hear(day, staff, random)


def _decide(day: date, staff: Staff) -> None:
    """The hardship is accepted, with a pause and two steps; the other flag waits for the reader."""
    for flag in RiskFlag.objects.filter(state="open", type=RiskType.HARDSHIP).select_related("raised_by"):
        steps = [
            Step("寄送帮扶申请表并说明材料", flag.raised_by, day + timedelta(days=2)),
            Step("收齐材料后拟定分期方案", staff.supervisor, day + timedelta(days=10)),
        ]
        now = _at(day, 11, 20)
        decided = decide_risk(
            flag=flag, accept=True, reason="情况属实，先帮扶再协商", actor=staff.supervisor, now=now, steps=steps,
            pause_until=day + timedelta(days=14),
        )  # fmt: skip
        first = decided.disposition.steps.select_related("disposition__case").earliest("due_on")
        finish_step(step=first, result="已寄出，客户表示会配合", actor=flag.raised_by, now=_at(day, 16, 40))


def _hear(day: date, staff: Staff, random: Random) -> None:
    told = _chosen(staff.collectors[-1], random, 4)
    now, collector = _at(day, 17, 0), staff.collectors[-1]
    for case, type in zip(told, (HoldType.DECEASED, HoldType.DISPUTE, HoldType.STOP_CONTACT), strict=False):
        disputed = {"loan": case.loan, "amount": min(Decimal("88.00"), case.total)} if type == HoldType.DISPUTE else {}
        reason = {
            HoldType.DECEASED: "家人来电告知，证明待寄",
            HoldType.DISPUTE: "称年费已申请减免，要求核对",
            HoldType.STOP_CONTACT: "本人来电要求停止电话联系",
        }[type]
        place_hold(debtor=case.loan.debtor, type=type, reason=reason, actor=collector, now=now, **disputed)  # type: ignore[arg-type]
        if type == HoldType.DISPUTE:
            attach(
                case=case, file=BytesIO(CERTIFICATE), file_name="年费减免回执.pdf", actor=collector, now=now,
                note="客户提供",
            )  # fmt: skip
    for case in told[3:]:
        number = f"{UNASSIGNED_MOBILE_PREFIX}{random.randrange(10**8):08d}"[:11]
        add_point(debtor=case.loan.debtor, kind="phone", value=number, origin="debtor_call", actor=collector, now=now)
        for own in _phones(case, third=False)[:1]:
            mark_valid(point=own, actor=collector, now=now, reason="本人接听")
    # The dispute goes to a colleague, who finds a handover card.
    move_cases(
        cases=[case.pk for case in told[1:2]], desk=staff.collectors[0].desk, reason="人员调整", actor=staff.supervisor,
        now=_at(day, 17, 30),
    )  # fmt: skip
    # One of these may name nobody else; then somebody of another debt on the desk refuses.
    others = Case.objects.present().filter(desk__owner=collector).exclude(pk__in=[case.pk for case in told])
    for case in [*told, *others.select_related("loan__debtor").order_by("loan__contract_no")]:
        for aunt in _phones(case, third=True)[:1]:
            mark_refused(point=aunt, actor=collector, now=now, reason="接听人要求不再联系")
            return


def _phones(case: Case, *, third: bool) -> list[ContactPoint]:
    points = ContactPoint.objects.filter(debtor_id=case.loan.debtor_id, kind=ContactPoint.Kind.PHONE)
    return list((points.exclude(relation="") if third else points.filter(relation="")).order_by("pk"))


def _chosen(collector: User, random: Random, count: int) -> list[Case]:
    """Some of a collector's debtors nobody has heard anything of yet, of the oldest debts: those stay for a while."""
    cases = Case.objects.present().filter(desk__owner=collector, loan__debtor__holds=None, risk_flags=None, total__gt=0)
    oldest = list(cases.order_by("-days_past_due", "loan__contract_no").values_list("pk", flat=True)[:OLDEST])
    found = Case.objects.select_related("loan__debtor").in_bulk(random.sample(oldest, min(count, len(oldest))))
    by_person = {case.loan.debtor_id: case for case in found.values()}
    return sorted(by_person.values(), key=lambda case: case.loan.contract_no)


def _at(day: date, hour: int, minute: int) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(hour, minute)))
