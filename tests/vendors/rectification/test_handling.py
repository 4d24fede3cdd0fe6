"""From the answer to the end: judged by somebody else, extended, and what follows where nothing is done."""

import datetime as dt
import io
import threading

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from collection_ops.core.invariants import check_all
from collection_ops.core.models import Notification, User
from tests.cases.builders import make_case
from tests.cases.care.files import BAD, GOOD
from tests.core.races import at_once
from tests.vendors.placement.cast import applied, approved, drafted, rule_for
from tests.vendors.rectification.cast import (
    LONG_SINCE,
    answered,
    make_agency,
    proposed,
    raised,
    sent_back,
    stopped,
    today,
)
from vendors.agencies import leaving, register
from vendors.agencies.gather import standing_on
from vendors.agencies.standing import Matter
from vendors.models import (
    Agency,
    AgencyState,
    RecallItem,
    Rectification,
    RectificationAnswer,
    RectificationExtension,
    RectificationFile,
    RectificationStep,
    Termination,
)
from vendors.placement import batches
from vendors.placement.rule import PlacementRefused
from vendors.rectification import chasing, handling, terminating
from vendors.rectification.dossier import digest
from vendors.rectification.evidence import keep_evidence
from vendors.rectification.refusals import RectificationRefused
from vendors.tasks import follow_rectifications

pytestmark = pytest.mark.django_db


def accept(row: Rectification, actor: User) -> Rectification:
    return handling.accept(row=row, words="逐项核实，已到位", actor=actor, now=timezone.now())


def approve(one: Termination, actor: User) -> Termination:
    return terminating.approve(proposal=one, actor=actor, now=timezone.now())


# Answer and judgement -----------------------------------------------------------------------------------------------


def test_every_problem_is_answered_and_somebody_else_finds_it_sufficient(
    vendor_manager, supervisor, compliance_officer
):
    row = raised(make_agency(), vendor_manager)
    first = row.findings.first()
    with pytest.raises(RectificationRefused, match="第 2 个问题"):
        handling.answer(row=row, texts={first.pk: "已改"}, actor=vendor_manager, now=timezone.now())
    with pytest.raises(RectificationRefused, match="权限"):
        answered(row, compliance_officer)
    with pytest.raises(RectificationRefused, match="状态"):
        accept(row, supervisor)
    row = answered(row, vendor_manager)
    with pytest.raises(RectificationRefused, match="权限"):
        accept(row, vendor_manager)
    with pytest.raises(RectificationRefused, match="验收意见"):
        handling.accept(row=row, words=" ", actor=supervisor, now=timezone.now())
    done = accept(row, compliance_officer)
    assert (done.state, done.closed_by) == ("closed", compliance_officer)
    assert [one.kind for one in done.steps.order_by("pk")] == ["raised", "answered", "accepted"]
    with pytest.raises(RectificationRefused, match="状态"):
        answered(row, vendor_manager)


def test_who_has_two_roles_and_typed_the_answer_does_not_judge_it(vendor_manager, supervisor):
    from collection_ops.core.models.user import RoleGrant

    RoleGrant.objects.create(user=vendor_manager, role="supervisor")
    both = User.objects.get(pk=vendor_manager.pk)
    row = answered(raised(make_agency(), both), both)
    with pytest.raises(RectificationRefused, match="他人"):
        accept(row, both)
    with pytest.raises(IntegrityError), transaction.atomic():
        Rectification.objects.filter(pk=row.pk).update(state="closed", closed_by=both, closed_at=timezone.now())
    assert accept(row, supervisor).state == "closed"


def test_what_was_written_stays(vendor_manager, supervisor):
    row = accept(answered(raised(make_agency(), vendor_manager), vendor_manager), supervisor)
    for rows, change in (
        (RectificationStep.objects.filter(rectification=row), {"kind": "x"}),
        (RectificationAnswer.objects.filter(finding__rectification=row), {"round": 9}),
        (row.findings.all(), {"count": 9}),
        (Rectification.objects.filter(pk=row.pk), {"state": "open", "closed_by": None}),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(**change)
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.delete()


def test_evidence_is_judged_by_its_content(vendor_manager, supervisor):
    row = raised(make_agency(), vendor_manager)
    for content in BAD.values():
        with pytest.raises(RectificationRefused, match="不支持"):
            keep_evidence(
                row=row, file=io.BytesIO(content), file_name="x.pdf", actor=vendor_manager, now=timezone.now()
            )
    kept = keep_evidence(
        row=row, file=io.BytesIO(GOOD["pdf"]), file_name="../签到表.pdf", actor=vendor_manager, now=timezone.now()
    )
    assert RectificationFile.objects.get() == kept and kept.file_name == "签到表.pdf" and len(kept.sha256) == 64
    accept(answered(row, vendor_manager), supervisor)
    with pytest.raises(RectificationRefused, match="已结束"):
        keep_evidence(
            row=row, file=io.BytesIO(GOOD["pdf"]), file_name="x.pdf", actor=vendor_manager, now=timezone.now()
        )


# More days ----------------------------------------------------------------------------------------------------------


def test_more_days_are_asked_for_and_somebody_else_decides_once(vendor_manager, supervisor, compliance_officer):
    row = raised(make_agency(), vendor_manager)
    later, now = row.due_on + dt.timedelta(days=5), timezone.now()

    def ask(until=later):
        return handling.ask_extension(row=row, until=until, reason="等待检测报告", actor=vendor_manager, now=now)

    for wrong in (row.due_on, row.due_on + dt.timedelta(days=90)):
        with pytest.raises(RectificationRefused, match="延期须晚于"):
            ask(wrong)
    ask()
    with pytest.raises(RectificationRefused, match="等待决定"):
        ask()
    with pytest.raises(RectificationRefused, match="权限"):
        handling.decide_extension(row=row, granted=True, words="同意", actor=vendor_manager, now=now)
    done = handling.decide_extension(row=row, granted=True, words="同意", actor=supervisor, now=now)
    assert (done.due_on, done.extensions) == (later, 1)
    with pytest.raises(RectificationRefused, match="没有等待决定"):
        handling.decide_extension(row=row, granted=True, words="同意", actor=compliance_officer, now=now)
    row.refresh_from_db()
    with pytest.raises(RectificationRefused, match="不能再延期"):
        ask(later + dt.timedelta(days=2))
    asked = RectificationExtension.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        RectificationExtension.objects.create(
            rectification=row, until=later, reason="x", asked_by=supervisor, asked_at=now, granted=True,
            decided_by=supervisor, decided_at=now,
        )  # fmt: skip
    with pytest.raises(DatabaseError), transaction.atomic():
        RectificationExtension.objects.filter(pk=asked.pk).update(granted=False)


# Where nothing is done ----------------------------------------------------------------------------------------------


def test_overdue_it_is_told_then_placements_are_refused_until_it_is_done(
    vendor_manager, supervisor, compliance_officer
):
    agency = make_agency("ag-a", "远山")
    rule = rule_for((agency, "100"))
    make_case(days=95, total="1000.00")
    ready = approved(vendor_manager, supervisor, rule)
    row = raised(agency, vendor_manager, ago=LONG_SINCE)
    in_time = chasing.chase(now=timezone.now() - LONG_SINCE)
    assert in_time == {"told": 0, "stopped": 0}

    late = timezone.make_aware(dt.datetime.combine(row.due_on + dt.timedelta(days=1), dt.time(7)))
    assert chasing.chase(now=late) == {"told": 1, "stopped": 0}
    assert Notification.objects.filter(kind="rectification.overdue", user=vendor_manager).count() == 1
    assert standing_on(agency, today()).may_receive
    assert chasing.chase(now=timezone.now()) == {"told": 0, "stopped": 1}
    assert chasing.chase(now=timezone.now()) == {"told": 0, "stopped": 0}

    (obstacle,) = standing_on(agency, today()).obstacles
    assert obstacle.matter == Matter.RECTIFICATION and row.number in obstacle.sentence
    agency.refresh_from_db()
    assert (agency.state, agency.desk.is_active) == ("active", False), "nothing is moved there by hand either"
    with pytest.raises(PlacementRefused, match=row.number):
        drafted(vendor_manager, rule)
    with pytest.raises(PlacementRefused, match=row.number):
        batches.apply(batch=ready, actor=vendor_manager, now=timezone.now())
    assert not [one for one in check_all(now=timezone.now()) if one["code"].startswith("I41") and one["count"]]

    accept(answered(row, vendor_manager), compliance_officer)
    agency.refresh_from_db()
    assert agency.desk.is_active and standing_on(agency, today()).may_receive
    assert batches.apply(batch=ready, actor=vendor_manager, now=timezone.now()).state == "applied"


def test_the_second_time_that_it_is_not_enough_placements_stop(vendor_manager, supervisor, compliance_officer):
    agency = make_agency()
    row = raised(agency, vendor_manager)
    sent_back(answered(row, vendor_manager), supervisor)
    assert standing_on(agency, today()).may_receive
    sent_back(answered(row, vendor_manager), compliance_officer)
    assert not standing_on(agency, today()).may_receive
    row.refresh_from_db()
    assert (row.state, row.failures, row.is_stopping) == ("open", 2, True)
    assert list(RectificationAnswer.objects.values_list("round", flat=True).distinct().order_by("round")) == [1, 2]


def test_an_agency_that_is_stopped_by_hand_is_not_resumed_while_a_rectification_stands(
    vendor_manager, compliance_officer, supervisor
):
    agency = make_agency()
    row = stopped(agency, vendor_manager)
    register.stop(agency=agency, reason="现场检查", actor=vendor_manager)
    with pytest.raises(register.AgencyRefused, match=row.number):
        register.resume(agency=agency, reason="恢复", actor=compliance_officer, day=today())
    accept(answered(row, vendor_manager), supervisor)
    agency.refresh_from_db()
    assert not agency.desk.is_active, "it is still stopped by hand"
    register.resume(agency=agency, reason="恢复", actor=compliance_officer, day=today())
    agency.refresh_from_db()
    assert agency.desk.is_active


def test_the_night_three_times_tells_and_stops_once(vendor_manager):
    row = raised(make_agency(), vendor_manager, ago=LONG_SINCE)
    for _n in range(3):
        follow_rectifications()
    assert [one.kind for one in row.steps.order_by("pk")] == ["raised", "overdue", "stopped"]


# The end ------------------------------------------------------------------------------------------------------------


def test_the_end_is_proposed_and_two_others_approve_and_the_agency_leaves(
    vendor_manager, supervisor, compliance_officer, manager
):
    agency = make_agency("ag-a")
    case = make_case(days=95, total="1000.00")
    applied(vendor_manager, supervisor, rule_for((agency, "100")))
    with pytest.raises(RectificationRefused, match="停止委案之后"):
        terminating.propose(row=raised(agency, vendor_manager), reason="不改", actor=vendor_manager, now=timezone.now())
    with pytest.raises(RectificationRefused, match="权限"):
        terminating.propose(row=Rectification.objects.get(), reason="不改", actor=supervisor, now=timezone.now())
    Rectification.objects.update(due_on=today() - dt.timedelta(days=9))
    chasing.chase(now=timezone.now())
    row = Rectification.objects.get()
    one = terminating.propose(row=row, reason="屡次逾期不改", actor=vendor_manager, now=timezone.now())
    assert one.file["rectifications"][0]["findings"][0]["what"] == "名单存于个人电脑"
    assert digest(one.file) == one.digest
    with pytest.raises(RectificationRefused, match="已有终止"):
        terminating.propose(row=row, reason="再提", actor=vendor_manager, now=timezone.now())
    with pytest.raises(RectificationRefused, match="权限"):
        approve(one, vendor_manager)

    assert approve(one, supervisor).state == "proposed"
    with pytest.raises(RectificationRefused, match="已批准过"):
        approve(one, supervisor)
    with pytest.raises(RectificationRefused, match="还须合规批准"):
        approve(one, manager)
    agency.refresh_from_db()
    assert agency.state == AgencyState.ACTIVE, "one is not enough"

    done = approve(one, compliance_officer)
    agency.refresh_from_db()
    assert (done.state, agency.state, agency.desk.is_active) == ("approved", "exiting", False)
    assert RecallItem.objects.get().placement.case_id == case.pk
    days = [done.plan[name] for name in terminating.PLAN_STEPS]
    assert days == sorted(days) and days[0] > str(today())
    row.refresh_from_db()
    assert row.state == "ended"
    with pytest.raises(RectificationRefused, match="已有决定"):
        approve(one, manager)


def test_the_database_refuses_the_same_person_twice_and_a_changed_file(vendor_manager, supervisor, compliance_officer):
    one, now = proposed(make_agency(), vendor_manager), timezone.now()
    rows = Termination.objects.filter(pk=one.pk)
    for columns in (
        {"line_by": supervisor, "line_at": now, "compliance_by": supervisor, "compliance_at": now},
        {"line_by": vendor_manager, "line_at": now},
        {"line_by": supervisor, "line_at": now, "state": "approved"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**columns)
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.update(file={})
    rows.update(line_by=supervisor, line_at=now, compliance_by=compliance_officer, compliance_at=now, state="approved")
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.update(state="proposed")


def test_an_end_that_is_not_approved_leaves_the_stop_and_is_decided_before_the_rectification_closes(
    vendor_manager, supervisor, compliance_officer
):
    agency = make_agency()
    one = proposed(agency, vendor_manager)
    row = answered(one.rectification, vendor_manager)
    with pytest.raises(RectificationRefused, match="请先决定"):
        accept(row, compliance_officer)
    with pytest.raises(RectificationRefused, match="否决的理由"):
        terminating.reject(proposal=one, words="", actor=supervisor, now=timezone.now())
    terminating.reject(proposal=one, words="再给一次机会", actor=supervisor, now=timezone.now())
    assert not standing_on(agency, today()).may_receive
    accept(row, compliance_officer)
    assert standing_on(Agency.objects.get(pk=agency.pk), today()).may_receive


def test_an_agency_that_leaves_by_itself_meanwhile_is_not_ended_again_but_the_proposal_can_be_put_away(
    vendor_manager, supervisor, compliance_officer
):
    agency = make_agency()
    one = proposed(agency, vendor_manager)
    leaving.begin_exit(agency=agency, on=today(), reason="合同到期", actor=vendor_manager, day=today())
    with pytest.raises(RectificationRefused, match="已在退出"):
        approve(one, compliance_officer)
    terminating.reject(proposal=one, words="已在退出", actor=supervisor, now=timezone.now())
    one.refresh_from_db()
    assert one.state == "rejected"


@pytest.mark.django_db(transaction=True)
def test_of_two_who_judge_at_once_one_does(vendor_manager, supervisor, compliance_officer):
    row = answered(raised(make_agency(), vendor_manager), vendor_manager)
    told = at_once(lambda: accept(row, supervisor), lambda: sent_back(row, compliance_officer))
    assert sum(isinstance(one, RectificationRefused) for one in told) == 1
    assert row.steps.filter(kind__in=("accepted", "sent_back")).count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_of_the_line_who_approve_at_once_one_does(vendor_manager, supervisor, manager):
    one = proposed(make_agency(), vendor_manager)
    told = at_once(lambda: approve(one, supervisor), lambda: approve(one, manager))
    assert sum(isinstance(found, RectificationRefused) for found in told) == 1
    one.refresh_from_db()
    assert one.state == "proposed" and one.line_by is not None


@pytest.mark.django_db(transaction=True)
def test_twin_without_the_lock_both_judge(vendor_manager, supervisor, compliance_officer, monkeypatch):
    row = answered(raised(make_agency(), vendor_manager), vendor_manager)
    both_read = threading.Barrier(2, timeout=10)

    def unlocked(row: Rectification, *_states: str) -> Rectification:
        found = Rectification.objects.select_related("agency__desk").get(pk=row.pk)
        both_read.wait()
        return found

    monkeypatch.setattr(handling, "held", unlocked)
    told = at_once(lambda: accept(row, supervisor), lambda: sent_back(row, compliance_officer))
    assert not [one for one in told if isinstance(one, RectificationRefused)], "nobody was told of the other"


@pytest.mark.django_db(transaction=True)
def test_twin_without_the_lock_both_of_the_line_approve(vendor_manager, supervisor, manager, monkeypatch):
    one = proposed(make_agency(), vendor_manager)
    both_read = threading.Barrier(2, timeout=10)

    def unlocked(proposal: Termination) -> Termination:
        found = Termination.objects.select_related("agency__desk", "rectification__agency").get(pk=proposal.pk)
        both_read.wait()
        return found

    monkeypatch.setattr(terminating, "_hold", unlocked)
    told = at_once(lambda: approve(one, supervisor), lambda: approve(one, manager))
    assert not [found for found in told if isinstance(found, RectificationRefused)], "one overwrote the other"
