"""A file is not taken back from under a contact or a hold."""

import datetime as dt

from cases.models import HoldType
from cases.services.holds import place_hold
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


def test_without_a_contact_it_is_taken_back_as_ever(import_day):
    run = import_day(DAY_1, [debt(1), debt(2)])
    assert undo(run).state == "undone"
