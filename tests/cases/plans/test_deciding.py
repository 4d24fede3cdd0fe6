"""Who may agree to what: proposed by one, decided by another with the authority, bound to the ledger and to a proof."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from cases.models import Case, PlanInstalment, PlanKind, RepaymentPlan
from cases.plans.deciding import plans as waiting_plans
from cases.plans.limits import LEADER_LIMIT
from cases.plans.schedule import Terms
from cases.services.closing import close_case
from cases.services.plans import PlanRefused, add_proof, decide_plan, end_plan, propose_plan, withdraw_plan
from collection_ops.core.access import Role
from collection_ops.core.dated_settings import set_value
from collection_ops.core.models import AuditEvent, Notification
from collection_ops.core.services.accounts import grant_role
from tests.cases.builders import add_position, desk_of, make_case
from tests.cases.plans.conftest import agree, at, equal, pay, propose, standing_of

pytestmark = pytest.mark.django_db


def refused(act) -> tuple[str, str]:
    with pytest.raises(PlanRefused) as why:
        act()
    return why.value.field, str(why.value)


def decide(plan, actor, *, approve=True, day="2026-01-20", note=""):
    return decide_plan(plan=plan, approve=approve, actor=actor, now=at(day, "11:00"), note=note)


@pytest.mark.parametrize(
    ("total", "authority"),
    [
        ("10000.00", "team_leader"),
        ("10000.01", "supervisor"),
        ("50000.00", "supervisor"),
        ("50000.01", "manager"),
    ],
)
def test_the_amount_says_who_decides_and_a_higher_one_may_too(
    collector, team_leader, supervisor, manager, total, authority
):
    ladder = {"team_leader": team_leader, "supervisor": supervisor, "manager": manager}
    steps = list(ladder)
    for step in steps:
        case = make_case(desk=desk_of(collector), total=total, as_of=dt.date(2026, 1, 15))
        plan = propose(case, collector, terms=equal(total, "2026-01-31", 12))
        assert plan.authority == authority
        if steps.index(step) < steps.index(authority):
            assert "须由" in refused(lambda plan=plan, step=step: decide(plan, ladder[step]))[1]
            assert (
                "须由"
                in refused(lambda plan=plan, step=step: decide(plan, ladder[step], approve=False, note="不妥"))[1]
            )
        else:
            assert decide(plan, ladder[step]).state == "active"


def test_the_limit_of_the_day_of_the_proposal_counts(case, collector, team_leader, supervisor):
    set_value(
        LEADER_LIMIT, "5000", effective_from=dt.date(2026, 1, 21), reason="收紧", actor=supervisor, now=at("2026-01-20")
    )
    before = propose(case, collector)
    assert before.authority == "team_leader"
    withdraw_plan(plan=before, actor=collector, now=at("2026-01-20"))
    assert propose(case, collector, day="2026-01-21").authority == "supervisor"
    assert team_leader


def test_nobody_decides_on_their_own_proposal_whatever_their_roles(case, supervisor, manager):
    plan = propose(case, supervisor)
    assert refused(lambda: decide(plan, supervisor))[1] == "不能审批自己提出的方案"
    assert decide(plan, manager).decided_by == manager
    with pytest.raises(IntegrityError), transaction.atomic():
        RepaymentPlan.objects.filter(pk=plan.pk).update(state="active", decided_by=supervisor)


def test_a_collector_with_a_second_role_has_the_authority_of_it(case, collector, supervisor):
    plan = propose(case, supervisor)
    assert "须由" in refused(lambda: decide(plan, collector))[1]
    grant_role(user=collector, role=Role.TEAM_LEADER, actor=None)
    assert decide(plan, collector).state == "active"


def test_without_a_document_or_recording_a_plan_is_not_approved(case, collector, team_leader):
    plan = propose(case, collector, proof_kind="", proof_ref="")
    field, why = refused(lambda: decide(plan, team_leader))
    assert (field, "没有书面协议或通话录音" in why) == ("proof_ref", True)
    with pytest.raises(IntegrityError), transaction.atomic():
        RepaymentPlan.objects.filter(pk=plan.pk).update(
            state="active", decided_by=team_leader, decided_at=at("2026-01-20")
        )
    assert refused(lambda: add_proof(plan=plan, kind="hearsay", ref="x", actor=collector, now=at("2026-01-20")))
    add_proof(plan=plan, kind="recording", ref="LY-9", actor=collector, now=at("2026-01-20"))
    assert decide(plan, team_leader).state == "active"
    assert (
        "已处理这个方案"
        in refused(lambda: add_proof(plan=plan, kind="document", ref="XY", actor=collector, now=at("2026-01-21")))[1]
    )


def test_a_kind_of_proof_without_its_number_is_none(case, collector):
    assert refused(lambda: propose(case, collector, proof_kind="hearsay", proof_ref="X"))[0] == "proof_kind"
    assert propose(case, collector, proof_kind="document", proof_ref=" ").proof_kind == ""


def test_the_total_is_the_balance_of_the_latest_file_to_the_cent(case, collector):
    for total in ("8999.99", "9000.01"):
        field, why = refused(lambda total=total: propose(case, collector, terms=equal(total, "2026-01-31", 3)))
        assert field == "total"
        assert "须等于截至 2026-01-15 的欠款 9,000.00 元" in why
    assert refused(lambda: propose(case, collector, terms=equal("9000.001", "2026-01-31", 3)))[0] == "total"
    assert propose(case, collector).balance_as_of == dt.date(2026, 1, 15)


def test_when_a_newer_file_has_moved_the_balance_the_plan_is_proposed_anew(case, collector, team_leader):
    plan = propose(case, collector)
    add_position(case, dt.date(2026, 1, 21), days=51, total="9012.30")
    assert (
        "提出后欠款已变为 9,012.30 元（截至 2026-01-21，方案为 9,000.00 元）"
        in refused(lambda: decide(plan, team_leader, day="2026-01-21"))[1]
    )
    anew = propose(case, collector, terms=equal("9012.30", "2026-01-31", 12), day="2026-01-21", replaces=plan)
    plan.refresh_from_db()
    assert (plan.state, plan.version, anew.version) == ("withdrawn", 1, 2)
    assert decide(anew, team_leader, day="2026-01-21").state == "active"


def test_a_newer_file_with_the_same_balance_is_the_one_it_is_bound_to_and_then_it_stays(case, collector, team_leader):
    plan = propose(case, collector)
    add_position(case, dt.date(2026, 1, 21), days=51, total="9000.00")
    approved = decide(plan, team_leader, day="2026-01-21")
    assert approved.balance_as_of == dt.date(2026, 1, 21)
    add_position(case, dt.date(2026, 1, 22), days=52, total="9005.00")
    approved.refresh_from_db()
    assert (str(approved.total), approved.balance_as_of) == ("9000.00", dt.date(2026, 1, 21))
    for columns in ({"total": 1}, {"balance_as_of": dt.date(2026, 1, 22)}, {"principal": 1}, {"proof_ref": "anders"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            RepaymentPlan.objects.filter(pk=plan.pk).update(**columns)
    for columns in ({"amount": 1}, {"due_on": dt.date(2026, 3, 1)}):
        with pytest.raises(IntegrityError), transaction.atomic():
            PlanInstalment.objects.filter(plan=plan, number=1).update(**columns)


def test_a_closed_or_missing_case_gets_no_plan_and_none_is_approved(case, collector, team_leader):
    plan = propose(case, collector)
    Case.objects.filter(pk=case.pk).update(absent_since=dt.date(2026, 1, 21))
    assert "未出现在来源文件中" in refused(lambda: decide(plan, team_leader, day="2026-01-21"))[1]
    Case.objects.filter(pk=case.pk).update(absent_since=None)
    close_case(case=case, reason="recalled", closed_on=dt.date(2026, 1, 21), actor=None, now=at("2026-01-21"))
    assert "结案" in refused(lambda: decide(plan, team_leader, day="2026-01-21"))[1]
    assert "结案" in refused(lambda: propose(case, collector, replaces=plan))[1]
    plan.refresh_from_db()
    assert plan.state == "submitted", "a refusal withdraws nothing"
    assert decide(plan, team_leader, approve=False, note="已结案", day="2026-01-21").state == "rejected"


def test_a_first_day_that_has_gone_by_is_not_approved(case, collector, team_leader):
    plan = propose(case, collector)
    assert "首期还款日 2026-01-31 已过" in refused(lambda: decide(plan, team_leader, day="2026-02-01"))[1]
    assert decide(plan, team_leader, day="2026-01-31").state == "active"


def test_one_live_plan_a_case_and_the_next_when_it_is_over(case, collector, team_leader):
    plan = agree(case, collector, team_leader)
    assert "已有待审批或履行中" in refused(lambda: propose(case, collector))[1]
    with pytest.raises(IntegrityError), transaction.atomic():
        RepaymentPlan.objects.create(
            case=case, version=9, kind="lump_sum", total=1, starts_on=dt.date(2026, 1, 20), grace_days=3,
            balance_as_of=dt.date(2026, 1, 15), principal=1, interest=0, penalty=0, fees=0, authority="manager",
            proposed_by=collector,
        )  # fmt: skip
    assert refused(lambda: end_plan(plan=plan, reason=" ", actor=team_leader, now=at("2026-01-25")))[0] == "reason"
    end_plan(plan=plan, reason="客户改为一次结清", actor=team_leader, now=at("2026-01-25"))
    assert standing_of(plan)[:2] == ("ended", "2026-01-25")
    assert "已终止" in refused(lambda: end_plan(plan=plan, reason="再次", actor=team_leader, now=at("2026-01-26")))[1]
    later = agree(case, collector, team_leader, day="2026-01-26")
    pay(case, "9000.00", "2026-01-27")
    assert (standing_of(later)[0], standing_of(plan)[0]) == ("completed", "ended"), "money is the later plan's"


def test_a_broken_plan_that_another_followed_stays_as_it_was(case, collector, team_leader):
    plan = agree(case, collector, team_leader)
    from tests.cases.plans.conftest import night

    night("2026-02-04")
    assert standing_of(plan)[0] == "broken"
    later = propose(case, collector, terms=equal("9000.00", "2026-02-28", 3), day="2026-02-05")
    pay(case, "750.00", "2026-01-31", known_on="2026-02-06")
    assert standing_of(plan)[0] == "broken"
    decide(later, team_leader, approve=False, note="先看原方案", day="2026-02-06")
    assert standing_of(plan)[0] == "active", "the other was not agreed on, and the money had come in time"


def test_the_database_keeps_sums_order_and_sixty_months(case, collector):
    for rows in (
        [(1, "2026-01-31", "8999.99")],
        [(1, "2026-02-28", "4500.00"), (2, "2026-01-31", "4500.00")],
        [(1, "2026-01-31", "4500.00"), (3, "2026-02-28", "4500.00")],
        [(1, "2031-01-21", "9000.00")],
        [(1, "2026-01-19", "9000.00")],
        [],
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            plan = RepaymentPlan.objects.create(
                case=case, version=1, kind="custom", total=9000, starts_on=dt.date(2026, 1, 20), grace_days=3,
                balance_as_of=dt.date(2026, 1, 15), principal=9000, interest=0, penalty=0, fees=0,
                authority="team_leader", proposed_by=collector,
            )  # fmt: skip
            for number, day, amount in rows:
                PlanInstalment.objects.create(plan=plan, number=number, due_on=day, amount=amount)
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    longest = Terms(PlanKind.CUSTOM, Decimal(9000), rows=[(dt.date(2031, 1, 20), Decimal(9000))])
    assert propose_plan(case=case, terms=longest, actor=collector, now=at("2026-01-20")).pk


def test_those_who_may_decide_hear_of_it_and_see_it_wait_and_the_proposer_hears_the_answer(
    case, collector, team_leader, supervisor, manager
):
    plan = propose(case, collector)
    told = Notification.objects.filter(kind="plan.submitted").values_list("user__username", flat=True)
    assert list(told) == [team_leader.username]
    assert [person for person in (team_leader, supervisor, manager) if waiting_plans(person).count == 1] == [
        team_leader, supervisor, manager
    ]  # fmt: skip
    assert waiting_plans(collector) is None
    big = make_case(desk=desk_of(collector), total="60000.00", as_of=dt.date(2026, 1, 15))
    propose(big, collector, terms=equal("60000.00", "2026-01-31", 12))
    assert [waiting_plans(person).count for person in (team_leader, supervisor, manager)] == [1, 1, 2]
    assert refused(lambda: decide(plan, team_leader, approve=False)) == ("note", "请写明不批准的原因")
    decide(plan, team_leader, approve=False, note="首期太晚")
    assert Notification.objects.filter(user=collector, kind="plan.rejected").count() == 1
    assert waiting_plans(team_leader).count == 0
    actions = AuditEvent.objects.filter(object_type="cases.repaymentplan", object_id=str(plan.pk)).order_by("pk")
    assert list(actions.values_list("action", "reason")) == [("plan.proposed", ""), ("plan.rejected", "首期太晚")]


def test_a_leader_of_another_team_has_nothing_to_decide(case, collector, team_leader):
    propose(case, collector)
    type(team_leader).objects.filter(pk=team_leader.pk).update(unit="team-b")
    team_leader.refresh_from_db()
    assert waiting_plans(team_leader).count == 0
