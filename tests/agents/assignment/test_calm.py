"""Who is spared hard cases for a while, and what the plan says of it."""

import datetime as dt

import pytest

from agents.assignment.calm import spared
from agents.assignment.facts import DeskFacts
from agents.assignment.plan import decide
from agents.assignment.reasons import over_sentences
from agents.assignment.rules import DEFAULT_LINES, save_rules
from agents.assignment.runs import plan_run
from agents.models import AssignmentMove
from collection_ops.core.dated_settings import set_value
from collection_ops.core.models import User
from compliance.complaints.rates import LEAST_CONTACTED, Counts, Line
from compliance.models import ContactAttempt
from tests.agents.assignment.cast import DAY, NOW, crew
from tests.agents.assignment.test_plan import case, inputs, who
from tests.cases.builders import desk_of, make_case
from tests.compliance.complaints.builders import a_complaint


def line(key: int | str, complaints: int, contacted: int) -> Line:
    return Line(str(key), Counts(complaints=complaints, contacted=contacted), least=50)


def test_spared_is_who_has_far_more_complaints_than_the_house_and_not_one_alone() -> None:
    house = line("", 10, 1000)
    people = [line(1, 2, 100), line(2, 2, 134), line(3, 1, 50), line(4, 2, 49), line(5, 0, 100)]
    assert spared(people, house) == {1}  # 200 over 100; 149.25 is not far more; one alone; too few contacted
    assert spared(people, line("", 0, 1000)) == spared(people, line("", 1, 10)) == frozenset()


def test_a_hard_case_goes_past_who_is_spared_and_an_easy_one_does_not() -> None:
    desks = [DeskFacts(id=1, most_level=2), DeskFacts(id=2, count=150)]
    plan = decide(inputs(desks, [case(1, stage=4), case(2, stage=1)]))
    assert who(plan) == {1: 2, 2: 1}
    alone = decide(inputs(desks[:1], [case(1, stage=4)]))
    assert dict(alone.unassigned()) == {"no_level": 1}


@pytest.mark.django_db
def test_the_rules_say_how_hard_at_most_and_the_plan_why(supervisor: User, manager: User) -> None:
    one, other = crew(2)
    set_value(LEAST_CONTACTED, 2, effective_from=DAY - dt.timedelta(days=90), reason="小样本", actor=manager, now=NOW)
    book = [make_case(desk=desk_of(other), days=10) for _number in range(8)]
    for user, cases in ((one, book[:2]), (other, book)):
        ContactAttempt.objects.bulk_create(
            ContactAttempt(
                debtor_id=case.loan.debtor_id, case=case, channel="call", actor=user, state="closed",
                result="right_party", opened_at=NOW, started_at=NOW, closed_at=NOW,
            )
            for case in cases
        )  # fmt: skip
    for number in range(2):
        a_complaint(debtor=book[number].loan.debtor, about=one, received_at=NOW - dt.timedelta(days=1, hours=number))
    hard = make_case(days=70, total="5000")

    def planned() -> AssignmentMove:
        run = plan_run(cases=None, chosen={}, unit="", day=DAY, seed=1, actor=supervisor, now=NOW)
        return run.moves.get(case=hard)

    assert "calm" not in str(planned().why)  # nothing is asked unless the rules do
    lines = [line.to_json() for line in DEFAULT_LINES]
    save_rules(lines=lines, values={"calm_level": 2}, reason="投诉多者先做易案", based_on=0, actor=manager, now=NOW)
    move = planned()
    assert move.to_desk == desk_of(other)
    assert {desk: code for desk, code, *_points in move.why["over"]}[desk_of(one).pk] == "calm"
    assert any("投诉率" in sentence for sentence in over_sentences(move.why, {}))
