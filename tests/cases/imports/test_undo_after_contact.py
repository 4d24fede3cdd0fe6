"""A file is not taken back from under what people did since, and what protects a person survives the next file."""

import datetime as dt
import io
from decimal import Decimal

from cases.models import HoldType
from cases.services.attachments import attach
from cases.services.contact_points import add_point
from cases.services.holds import place_hold
from cases.services.promises import make_promise
from cases.services.risk import raise_risk
from cases.services.waiver_limits import Parts
from cases.services.waivers import apply_for_waiver
from collection_ops.core.models import User
from compliance.gate import open_attempt
from tests.cases.care.files import GOOD

from .conftest import DAY_1, DAY_2, DAY_4, at, case_of, debt, person
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


def test_a_contract_with_a_flag_a_file_or_a_number_that_people_added_stays(import_day, collector: User):
    run = import_day(DAY_1, [debt(1), debt(2), debt(3), debt(4)])
    later = run.applied_at + dt.timedelta(hours=1)
    raise_risk(case=case_of(1), type="high", evidence="多次失约", proposal="watch", actor=collector, now=later)
    attach(case=case_of(2), file=io.BytesIO(GOOD["pdf"]), file_name="证明.pdf", actor=collector, now=later)
    add_point(
        debtor=case_of(3).loan.debtor,
        kind="phone",
        value="13900001111",
        origin="debtor_call",
        actor=collector,
        now=later,
    )
    assert reasons(run) == {"undo_flagged": 1, "undo_has_files": 1, "undo_point_added": 1}


def test_a_hold_goes_along_when_a_later_file_says_who_the_person_is(import_day, collector: User):
    """The first file knew no ID: the debtor of contract 1 was somebody of their own. Then it turns out to be person 2."""
    nameless = debt(1, 证件号码="", 证件类型="")
    import_day(DAY_1, [nameless, debt(2), debt(3)])
    mine, theirs = case_of(1).loan.debtor, case_of(2).loan.debtor
    ends = at(DAY_4, 9) + dt.timedelta(days=10)
    given = {"debtor": mine, "reason": "来电", "actor": collector, "now": at(DAY_1, 9)}
    place_hold(type=HoldType.SELF_HARM, **given)
    place_hold(type=HoldType.ILLNESS, ends_at=ends, **given)
    place_hold(type=HoldType.DISPUTE, loan=case_of(1).loan, amount=Decimal("50.00"), **given)
    place_hold(type=HoldType.DISASTER, ends_at=at(DAY_2, 1), **given)
    place_hold(type=HoldType.ILLNESS, **{**given, "debtor": theirs})
    import_day(DAY_2, [debt(1, 证件号码=person(2)), debt(2), debt(3)])
    assert case_of(1).loan.debtor == theirs
    assert sorted(theirs.holds.values_list("type", "amount")) == [
        ("dispute", Decimal("50.00")), ("illness", None), ("self_harm", None),
    ]  # fmt: skip
    assert not case_of(3).loan.debtor.holds.exists()


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
