"""What else happened in the demo: somebody is ill, the agency calls too late, and people say when they can be called."""

from datetime import date, time, timedelta
from random import Random

from cases.demo.play import AGENCY_DESK, Staff, staff_day
from cases.models import Case, DeskKind, HoldType
from cases.services.holds import place_hold
from compliance import (  # noqa: F401  (register their parts)
    demo_breaches,
    demo_complaints,
    demo_one,
    demo_privacy,
    demo_quality,
    demo_routing,
    demo_rulebook,
)
from compliance.demo_parts import at, chosen, own_phone
from compliance.services.log import record_past
from compliance.services.wishes import record_wish


@staff_day
def hold_and_breach(*, day: date, days_left: int, staff: Staff, random: Random) -> None:
    """Both on one of the last days."""
    if days_left == 2:
        for case in chosen(Case.objects.open().filter(desk__owner=staff.collectors[0]), random, 1):
            place_hold(
                debtor=case.loan.debtor, type=HoldType.ILLNESS, reason="住院治疗", proof="住院证明（扫描件）",
                actor=staff.supervisor, now=at(day, time(16, 0)), ends_at=at(day + timedelta(days=30), time(0, 0)),
            )  # fmt: skip
        for case in chosen(Case.objects.open().filter(desk__kind=DeskKind.AGENCY), random, 1):
            record_past(
                case=case, point=own_phone(case), channel="call", result="no_answer", org=AGENCY_DESK, actor=None,
                started_at=at(day, time(22, 7)), now=at(day, time(23, 0)),
            )  # fmt: skip


@staff_day
def say_when(*, day: date, days_left: int, staff: Staff, random: Random) -> None:
    """Some say when a call is not convenient, one that visits are not welcome."""
    if days_left != 4:
        return
    said = (
        {"kind": "inconvenient", "starts": time(12), "ends": time(14), "evidence": "来电中说明：中午要休息"},
        {"kind": "inconvenient", "starts": time(9), "ends": time(11), "weekdays": (1, 3), "evidence": "上午在车间"},
        {"kind": "channel", "channel": "visit", "evidence": "请不要上门，电话里说"},
    )
    collector = staff.collectors[0]
    cases = chosen(Case.objects.open().filter(desk__owner=collector), random, len(said))
    for case, wish in zip(cases, said, strict=False):
        record_wish(debtor=case.loan.debtor, actor=collector, now=at(day, time(15, 0)), **wish)  # type: ignore[arg-type]
