"""The demo's targets: agreed on the first day on which people in teams hold cases, and at the end a proposal
for the month to come."""

from contextlib import suppress
from datetime import date, time, timedelta
from decimal import Decimal
from random import Random

from agents.credit import credited
from agents.targets.gather import basis_of, last_of, month_of
from agents.targets.metrics import BY_CODE
from agents.targets.sets import TargetsRefused, agree_targets, agreed, newest, propose_targets
from cases.demo.play import Staff, staff_day
from compliance.demo_parts import at

AT = time(8, 50)
RATES = {"recovery": "22", "reactivation": "12", "closure": "25", "roll": "45", "kept": "65", "complaints": "2"}
PER_DAY = 6
"""Debtors to be reached by a person on a day."""


@staff_day
def set_targets(*, day: date, days_left: int, staff: Staff, random: Random) -> None:
    """This month's, as soon as there are teams; on the last day also a proposal for the next month."""
    month = month_of(day)
    with suppress(TargetsRefused):
        if agreed(month) is None:
            _agree(month, day, staff)
        if days_left == 1:
            _propose(last_of(month) + timedelta(days=1), day, staff)


def _propose(month: date, day: date, staff: Staff) -> None:
    basis = basis_of(month, day=day)
    expected = sum((one.expected for one in basis.hands), Decimal(0))
    came = credited(first=month, last=day, users=[one.user_id for one in basis.hands])
    # A month that is neither done already nor hopeless, whenever in it the targets are set.
    money = max(expected * 2, sum((one.amount for one in came), Decimal(0)) * 5 / 4)
    money = (money / 10_000).quantize(Decimal(1)) * 10_000
    contacts = int(sum((one.days for one in basis.hands), Decimal(0))) * PER_DAY
    before = newest(month)
    propose_targets(
        month=month, amounts={"money": f"{money:f}", "contacts": str(contacts), **RATES},
        based_on=before.pk if before else 0, day=day, actor=staff.supervisor, now=at(day, AT),
    )  # fmt: skip


def _agree(month: date, day: date, staff: Staff) -> None:
    _propose(month, day, staff)
    proposal = newest(month)
    if proposal is not None:
        agree_targets(
            month=month, metric=BY_CODE["money"], typed={}, reason="月度目标，按提议核定", based_on=proposal.pk,
            actor=staff.supervisor, now=at(day, AT) + timedelta(minutes=20),
        )  # fmt: skip
