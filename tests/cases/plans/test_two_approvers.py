"""Two people decide on one plan at the same moment: one decides, the other is told who was first."""

from threading import Barrier

import pytest
from django.db import IntegrityError, connection

from cases.models import RepaymentPlan
from cases.services import plans
from cases.services.plans import PlanRefused, decide_plan
from collection_ops.core.models import AuditEvent
from tests.cases.plans.conftest import at, propose
from tests.core.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def plan(case, collector) -> RepaymentPlan:
    return RepaymentPlan.objects.select_related("case__loan").get(pk=propose(case, collector).pk)


def both(plan, team_leader, supervisor) -> list[object]:
    return at_once(
        lambda: decide_plan(plan=plan, approve=True, actor=team_leader, now=at("2026-01-20")).state,
        lambda: decide_plan(plan=plan, approve=False, actor=supervisor, now=at("2026-01-20"), note="首期太晚").state,
    )


def decisions() -> int:
    return AuditEvent.objects.filter(action__in=["plan.approved", "plan.rejected"]).count()


def test_one_decides_and_the_other_is_told(plan, team_leader, supervisor):
    answers = both(plan, team_leader, supervisor)
    told = [answer for answer in answers if isinstance(answer, PlanRefused)]
    assert len(told) == 1
    assert "已处理这个方案" in str(told[0])
    plan.refresh_from_db()
    assert [plan.state] == [answer for answer in answers if not isinstance(answer, PlanRefused)]
    assert decisions() == 1


@pytest.fixture
def without_locks(monkeypatch):
    """Nobody waits: each has read the plan before either writes."""
    met = Barrier(2)

    def unlocked(asked):
        found = RepaymentPlan.objects.select_related("case__desk__owner", "proposed_by").get(pk=asked.pk)
        met.wait(timeout=10)
        return found

    monkeypatch.setattr(plans, "_held", unlocked)
    monkeypatch.setattr(plans, "lock_book", lambda source_id: None)
    monkeypatch.setattr(plans.Case.objects, "select_for_update", lambda of: plans.Case.objects.all(), raising=False)


def test_without_the_locks_the_table_still_refuses_the_second_but_with_no_word_for_people(
    plan, team_leader, supervisor, without_locks
):
    answers = both(plan, team_leader, supervisor)
    assert [type(answer) for answer in answers if not isinstance(answer, str)] == [IntegrityError]
    assert decisions() == 1


def test_twin_with_both_guards_off_both_decide(plan, team_leader, supervisor, without_locks):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE cases_repaymentplan DISABLE TRIGGER plan_stays")
    try:
        both(plan, team_leader, supervisor)
        assert decisions() == 2
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE cases_repaymentplan ENABLE TRIGGER plan_stays")
