"""The second person: submit, approve, return; who may, and what becomes of two at once."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from cases import invariants
from cases.imports import applying, approval
from cases.imports import run as runs
from cases.imports.refusals import RunRefused
from cases.imports.states import move
from cases.models import Case, ImportRun, RunState
from cases.services.sources import change_source
from collection_ops.core.access import Role
from collection_ops.core.models import AuditEvent, Notification
from collection_ops.core.services import jobs
from collection_ops.core.services.accounts import create_user
from tests.core.races import at_once

from .conftest import DAY_1, DAY_2, DAY_3, at, case_of, debt

NOON = at(DAY_2, 12)


@pytest.fixture
def held(import_day, clerk) -> ImportRun:
    """A clerk's file that lacks four of five."""
    import_day(DAY_1, [debt(n) for n in range(1, 6)])
    return import_day(DAY_2, [debt(1, days=46)], apply=False, actor=clerk)


@pytest.fixture
def submitted(held, clerk) -> ImportRun:
    return approval.submit(run=held, actor=clerk, now=NOON, note="系统昨晚批量核销")


def refused(action, **options) -> str:
    with pytest.raises(RunRefused) as refusal, transaction.atomic():
        action(**options)
    assert refusal.value.message
    return refusal.value.code


def test_a_held_run_is_submitted_approved_and_applied_by_two_people(held, clerk, supervisor):
    assert refused(approval.submit, run=held, actor=clerk, now=NOON, note="  ") == "note_missing"
    run = approval.submit(run=held, actor=clerk, now=NOON, note="系统昨晚批量核销")
    assert (run.state, run.submitted_by) == ("submitted", clerk)
    assert [n.user for n in Notification.objects.filter(kind="import.submitted")] == [supervisor]
    assert refused(runs.request_apply, run=run, actor=clerk, now=NOON) in ("wrong_state", "outside_rails")

    job = approval.approve(run=run, actor=supervisor, now=NOON, note="已向科技部核实")
    assert run.state == "applying"
    jobs.run(job.pk)
    run.refresh_from_db()
    assert (run.state, run.submitted_by, run.approved_by, run.applied_by) == ("applied", clerk, supervisor, supervisor)
    assert (run.submit_note, run.approval_note) == ("系统昨晚批量核销", "已向科技部核实")
    assert Case.objects.absent().count() == 4
    assert invariants.two_people_let_a_file_in() == []
    assert Notification.objects.filter(kind="import.approved", user=clerk).exists()
    trail = AuditEvent.objects.filter(action__startswith="import.").order_by("pk").values_list("action", flat=True)
    assert list(trail)[-3:] == ["import.submitted", "import.approved", "import.applied"]


def test_nobody_approves_what_they_submitted_or_uploaded(held, clerk, supervisor):
    approval.submit(run=held, actor=supervisor, now=NOON, note="急")
    assert refused(approval.approve, run=held, actor=supervisor, now=NOON) == "approver_submitted"
    assert refused(approval.approve, run=held, actor=clerk, now=NOON) == "approver_uploaded"
    other = create_user(
        username="li.supervisor", display_name="李主管", password="x-long-enough-1", roles=[Role.SUPERVISOR], actor=None
    )
    assert approval.approve(run=held, actor=other, now=NOON).kind == "cases.import_apply"


def test_the_database_holds_two_people_apart_where_the_service_is_passed_by(submitted, clerk):
    with pytest.raises(IntegrityError, match="import_run_two_people"), transaction.atomic():
        move(submitted, RunState.APPLYING, approved_by=clerk)
    submitted.refresh_from_db()
    assert submitted.state == "submitted"


def test_the_invariant_finds_a_run_that_went_in_without_a_second_person(submitted, clerk, supervisor):
    ImportRun.objects.filter(pk=submitted.pk).update(state="applied", origin="page", approved_by=supervisor)
    assert invariants.two_people_let_a_file_in() == []
    ImportRun.objects.filter(pk=submitted.pk).update(approved_by=None)
    assert [line["run"] for line in invariants.two_people_let_a_file_in()] == [submitted.pk]
    ImportRun.objects.filter(pk=submitted.pk).update(approved_by=clerk, submitted_by=None)  # the uploader
    assert [line["run"] for line in invariants.two_people_let_a_file_in()] == [submitted.pk]


def test_a_run_inside_its_rails_needs_no_second_person(import_day, clerk, supervisor):
    run = import_day(DAY_1, [debt(1)], apply=False, actor=clerk)
    assert refused(approval.submit, run=run, actor=clerk, now=NOON, note="x") == "inside_rails"
    assert refused(approval.approve, run=run, actor=supervisor, now=NOON) == "not_yet_submitted"
    assert runs.request_apply(run=run, actor=clerk, now=NOON).kind == "cases.import_apply"


def test_a_returned_run_is_back_with_the_clerk_and_says_why(submitted, clerk, supervisor):
    assert refused(approval.send_back, run=submitted, actor=supervisor, now=NOON, reason=" ") == "reason_missing"
    approval.send_back(run=submitted, actor=supervisor, now=NOON, reason="少了昆明分公司")
    assert (submitted.state, submitted.submitted_by) == ("preview", None)
    assert submitted.refusal["params"]["reason"] == "少了昆明分公司"
    assert Notification.objects.filter(kind="import.returned", user=clerk).exists()
    approval.submit(run=submitted, actor=clerk, now=NOON, note="已核对，确实撤回")
    assert (submitted.state, submitted.refusal) == ("submitted", {})


def test_a_submission_can_be_withdrawn_until_it_is_decided(submitted, clerk, supervisor):
    approval.withdraw(run=submitted, actor=clerk, now=NOON)
    assert submitted.state == "preview"
    assert refused(approval.approve, run=submitted, actor=supervisor, now=NOON) == "not_yet_submitted"
    approval.submit(run=submitted, actor=clerk, now=NOON, note="再次提交")
    approval.approve(run=submitted, actor=supervisor, now=NOON)
    assert refused(approval.withdraw, run=submitted, actor=clerk, now=NOON) == "already_decided"


def test_what_came_by_itself_may_be_approved_from_its_preview(import_day, supervisor):
    import_day(DAY_1, [debt(n) for n in range(1, 6)])
    run = import_day(DAY_2, [debt(1, days=46)], apply=False, origin="inbox")
    job = approval.approve(run=run, actor=supervisor, now=NOON)
    jobs.run(job.pk)
    run.refresh_from_db()
    assert (run.state, run.approved_by, run.submitted_by) == ("applied", supervisor, None)


def test_good_rows_alone_go_in_only_when_somebody_says_so_also_on_this_way(import_day, clerk, supervisor, source):
    run = import_day(DAY_1, [debt(1), debt(2, 逾期天数="三十")], apply=False, actor=clerk)
    assert [finding["code"] for finding in run.guard_findings] == ["guard_rejected"]
    assert refused(approval.submit, run=run, actor=clerk, now=NOON, note="x") == "rows_rejected"
    approval.submit(run=run, actor=clerk, now=NOON, note="坏行明天补", accept_good_rows=True)
    jobs.run(approval.approve(run=run, actor=supervisor, now=NOON).pk)
    assert Case.objects.count() == 1


def test_rejected_rows_inside_the_rail_are_the_clerks_own_decision(import_day, clerk, source):
    change_source(source=source, actor=None, max_rejected_percent=Decimal(50))
    run = import_day(DAY_1, [debt(1), debt(2, 逾期天数="三十")], apply=False, actor=clerk)
    assert run.guard_findings == []
    assert refused(runs.request_apply, run=run, actor=clerk, now=NOON) == "rows_rejected"
    assert runs.request_apply(run=run, actor=clerk, now=NOON, accept_good_rows=True)


def test_an_approval_ends_when_the_book_has_moved(submitted, clerk, supervisor, import_day):
    other = import_day(DAY_3, [debt(n, days=47) for n in range(1, 6)], apply=False)
    ImportRun.objects.filter(pk=submitted.pk).update(as_of=DAY_3)  # so that it is still the newest day afterwards
    ImportRun.objects.filter(pk=other.pk).update(as_of=DAY_2)
    other.refresh_from_db()
    runs.request_apply(run=other, actor=None, now=NOON)
    runs.apply_run(run=other, actor=None, now=NOON)
    submitted.refresh_from_db()
    job = approval.approve(run=submitted, actor=supervisor, now=NOON)
    jobs.run(job.pk)
    submitted.refresh_from_db()
    assert (submitted.state, submitted.refusal["code"]) == ("preview", "book_moved")
    assert (submitted.submitted_by, submitted.approved_by, submitted.approval_note) == (None, None, "")
    assert "guard_absent" in [finding["code"] for finding in submitted.guard_findings]
    assert Notification.objects.filter(kind="import.sent_back", user=clerk).exists()
    assert case_of(2).absent_since is None


def test_loosened_rails_leave_the_second_person_free_to_decide(submitted, supervisor, source):
    change_source(source=source, actor=None, max_absent_percent=Decimal(100))
    submitted.source.refresh_from_db()
    approval.approve(run=submitted, actor=supervisor, now=NOON)
    assert (submitted.state, submitted.guard_findings) == ("applying", [])


# Two at once --------------------------------------------------------------------------------------------------------


def anew(run: ImportRun) -> ImportRun:
    return ImportRun.objects.select_related("source").get(pk=run.pk)


@pytest.mark.django_db(transaction=True)
def test_approved_by_two_and_given_up_by_a_third_at_once_one_outcome_and_the_others_are_told(
    submitted, supervisor, clerk
):
    second = create_user(
        username="li.supervisor", display_name="李主管", password="x-long-enough-1", roles=[Role.SUPERVISOR], actor=None
    )
    results = at_once(
        lambda: approval.approve(run=anew(submitted), actor=supervisor, now=NOON),
        lambda: approval.approve(run=anew(submitted), actor=second, now=NOON),
        lambda: runs.discard(run=anew(submitted), actor=clerk, now=NOON),
    )
    told = [result for result in results if isinstance(result, RunRefused)]
    assert len(told) == 2, results
    assert {refusal.code for refusal in told} <= {"already_decided", "wrong_state", "another_applying"}
    assert anew(submitted).state in ("applying", "discarded")


@pytest.mark.django_db(transaction=True)
def test_twin_without_the_conditional_step_two_decisions_stand_at_once(submitted, supervisor, clerk, monkeypatch):
    def careless(run: ImportRun, to: RunState, *, since=(), **columns):
        ImportRun.objects.filter(pk=run.pk).update(state=to, **columns)
        return run

    for door in (runs, applying):  # each holds the step by its own name
        monkeypatch.setattr(door, "move", careless)
    results = at_once(
        lambda: approval.approve(run=anew(submitted), actor=supervisor, now=NOON),
        lambda: runs.discard(run=anew(submitted), actor=clerk, now=NOON),
    )
    assert not [result for result in results if isinstance(result, RunRefused)], results
