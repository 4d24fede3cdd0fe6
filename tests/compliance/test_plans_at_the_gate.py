"""A plan that is kept holds collection (rule CN-S-02); one that is missed does not, from the next day on."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases.models import PlanKind
from cases.plans.follow import follow_plans
from cases.plans.schedule import Terms
from cases.services.plans import decide_plan, propose_plan
from cases.services.repayments import Payment, record_repayments
from compliance.facts import gather
from compliance.gate import open_attempt
from compliance.services.log import cancel_attempt
from tests.compliance.conftest import Person, monday

pytestmark = pytest.mark.django_db


@pytest.fixture
def planned(person: Person, collector, team_leader) -> Person:
    """Two halves of the card's debt, due on 16 March and 16 April."""
    type(person.card).objects.filter(pk=person.card.pk).update(as_of=dt.date(2026, 2, 27))
    person.card.refresh_from_db()
    terms = Terms(PlanKind.INSTALMENTS, Decimal("1234.56"), first_on=dt.date(2026, 3, 16), count=2)
    plan = propose_plan(
        case=person.card, terms=terms, actor=collector, now=monday("09:00"), proof_kind="recording", proof_ref="LY-1"
    )
    decide_plan(plan=plan, approve=True, actor=team_leader, now=monday("09:30"))
    return person


def blocking(answer) -> list[str]:
    return [reason.rule for reason in answer.verdict.reasons if reason.verdict == "block"]


def ask(person: Person, actor, day: int, *, purpose: str = "demand", case=None):
    answer = open_attempt(
        case=case or person.card, point=person.mobile, actor=actor, now=monday("10:00", day=day), purpose=purpose
    )
    if answer.attempt is not None:
        cancel_attempt(attempt=answer.attempt, actor=actor, now=monday("10:01", day=day))
    return answer


def test_until_the_plan_is_approved_nothing_is_held(person, collector):
    terms = Terms(PlanKind.LUMP_SUM, Decimal("1234.56"), first_on=dt.date(2026, 3, 16))
    propose_plan(case=person.card, terms=terms, actor=collector, now=monday("09:00"))
    assert ask(person, collector, 2).allowed


def test_a_kept_plan_refuses_a_demand_and_says_from_when(planned, collector):
    answer = ask(planned, collector, 3)
    assert blocking(answer) == ["CN-S-02"]
    assert answer.decision.next_allowed_at == monday("08:00", day=17)
    assert ask(planned, collector, 3, case=planned.loan).allowed, "the other contract has no plan"


def test_a_reminder_is_allowed_from_three_days_before(planned, collector):
    assert blocking(ask(planned, collector, 12, purpose="remind")) == ["CN-S-02"]
    assert ask(planned, collector, 12, purpose="remind").decision.next_allowed_at == monday("08:00", day=13)
    assert ask(planned, collector, 13, purpose="remind").allowed
    assert blocking(ask(planned, collector, 16)) == ["CN-S-02"]


def test_after_a_missed_instalment_contact_is_allowed_the_next_day_and_the_plan_is_broken_after_its_grace(
    planned, collector
):
    assert ask(planned, collector, 17).allowed
    follow_plans(day=dt.date(2026, 3, 20), now=monday("00:20", day=20))
    assert ask(planned, collector, 20).allowed
    assert planned.card.plans.get().state == "broken"


def test_the_paid_instalment_holds_collection_until_the_next_one_and_its_reversal_no_more(planned, collector):
    loan = planned.card.loan
    payment = Payment(loan.contract_no, dt.date(2026, 3, 16), Decimal("617.28"), reference="P1")
    record_repayments(payments=[payment], source=loan.source, actor=None, now=monday("12:00", day=16))
    facts = gather(debtor_id=loan.debtor_id, now=monday("12:00", day=17)).facts
    assert {one.plan_due for one in facts.loans} == {dt.date(2026, 4, 16), None}
    assert blocking(ask(planned, collector, 17)) == ["CN-S-02"]


def test_the_plan_is_read_in_the_statement_that_reads_the_loans(planned):
    debtor = planned.card.loan.debtor_id
    with CaptureQueriesContext(connection) as captured:
        gather(debtor_id=debtor, now=monday("12:00", day=17))
    assert len(captured) == 2
