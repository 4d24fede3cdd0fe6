"""A file is not taken back from under a contact, a hold, a promise or a waiver."""

import datetime as dt
from decimal import Decimal

from cases.models import HoldType
from cases.services.holds import place_hold
from cases.services.promises import make_promise
from cases.services.waiver_limits import Parts
from cases.services.waivers import apply_for_waiver
from collection_ops.core.models import User
from compliance.gate import open_attempt

from .conftest import DAY_1, DAY_4, at, case_of, debt
from .test_undo import reasons, undo


def test_a_contract_whose_debtor_was_called_since_stays(import_day, collector: User):
    run = import_day(DAY_1, [debt(1), debt(2), debt(3)])
    case = case_of(1)
    answer = open_attempt(
        case=case,
        point=case.loan.debtor.contact_points.first(),
        actor=collector,
        now=run.applied_at + dt.timedelta(hours=1),
    )
    assert answer.decision.case_id == case.pk
    place_hold(
        debtor=case_of(2).loan.debtor,
        type=HoldType.ILLNESS,
        reason="住院",
        proof="病历",
        actor=collector,
        now=at(DAY_4, 9),
    )
    assert reasons(run) == {"undo_contacted": 1, "undo_held": 1}


def test_a_contract_about_which_something_was_agreed_since_stays(import_day, collector: User):
    run = import_day(DAY_1, [debt(1), debt(2), debt(3)])
    due = DAY_1 + dt.timedelta(days=2)
    make_promise(case=case_of(1), amount=Decimal("500.00"), due_on=due, actor=collector, now=at(DAY_1, 10))
    apply_for_waiver(
        case=case_of(2), parts=Parts(principal=Decimal("1.00")), reason="失业", valid_until=due, actor=collector,
        now=at(DAY_1, 10),
    )  # fmt: skip
    assert reasons(run) == {"undo_promised": 1, "undo_waiver_applied": 1}


def test_without_a_contact_it_is_taken_back_as_ever(import_day):
    run = import_day(DAY_1, [debt(1), debt(2)])
    assert undo(run).state == "undone"
