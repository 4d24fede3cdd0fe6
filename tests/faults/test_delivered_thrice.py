"""A message may come twice, late, or after its worker died between the commit and the end: its effect is there once.

Driven by the registered job kinds and Celery tasks: one without a line here fails.
"""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from agents.assignment.runs import approve_run, plan_run
from agents.models import ChoiceState, MoveChoice
from agents.moves.choice import choose
from cases import jobs as _import_jobs  # noqa: F401  (registers the kinds)
from cases.imports import run as runs
from cases.imports.booking.book_hash import book_hash
from cases.models import Case, Custody, ImportRun, Promise, RunState, Source
from cases.services import export
from cases.services.repayments import Payment, record_repayments
from cases.services.sources import add_source
from collection_ops.celery import app
from collection_ops.core import clock
from collection_ops.core.models import Job, JobState, Notification, User
from collection_ops.core.services import jobs
from collection_ops.core.services.accounts import create_user
from compliance.keeping.runs import decide_run, draft_run, propose_run
from compliance.models import ContactAttempt
from reports.regular.making import make_report
from reports.regular.subscribing import subscribe
from tests.access.test_forms import grown, rows
from tests.agents.assignment.cast import crew
from tests.cases.builders import desk_of
from tests.cases.imports.conftest import DAY_1, at, debt, write_csv
from tests.core.conftest import bell  # noqa: F401  (the test is the worker)
from tests.core.races import at_once
from tests.faults.holds import assert_everything_holds
from tests.staff import qualify
from tests.vendors.bills.cast import handed_in
from tests.vendors.placement.cast import approved, make_agency, rule_for
from tests.vendors.returns.house import as_csv
from tests.vendors.settlement.house import a_version, an_agency, give, pay
from vendors.bills import jobs as compare_jobs
from vendors.models import Agency, PlacementBatch, RecallBatch, ReturnedFile
from vendors.placement import batches, file_jobs, recalls
from vendors.placement import jobs as placing
from vendors.placement.rule import Rule
from vendors.returns.files import receive, request_apply
from vendors.scorecard.reference import seed_scheme
from vendors.settlement.files import request_file
from vendors.settlement.settle import settle

pytestmark = pytest.mark.django_db


class Setting:
    """A source, a clerk, a supervisor, and files of one day."""

    def __init__(self, folder: Path, clerk: User, supervisor: User) -> None:
        self.folder, self.clerk, self.supervisor = folder, clerk, supervisor
        self.source: Source = add_source(code="card", name="信用卡系统", actor=None)

    def run(self, *, state: str, wrong: bool = False) -> ImportRun:
        """A run that was brought to `state`."""
        lines = [debt(n) for n in range(1, 6)] + ([debt(9, 逾期天数="三十")] if wrong else [])
        path = write_csv(self.folder / "1.csv", lines)
        if state == RunState.READING:
            with path.open("rb") as file:
                return runs.receive(
                    file=file, file_name="1.csv", source=self.source, as_of=DAY_1, actor=self.clerk, now=at(DAY_1)
                )
        run = runs.import_file(
            path=path,
            source=self.source,
            as_of=DAY_1,
            actor=self.clerk,
            now=at(DAY_1),
            apply=state == RunState.APPLIED,
            accept_good_rows=True,
        )
        assert run.state == state
        return run


def _errors(setting: Setting) -> Job:
    run = setting.run(state=RunState.PREVIEW, wrong=True)
    return jobs.enqueue(kind="cases.error_workbook", params={"run": run.pk}, actor=setting.clerk)


def _export(setting: Setting) -> Job:
    setting.run(state=RunState.APPLIED)
    return export.request_export(
        actor=setting.supervisor, query={"status": "all"}, file_format="csv", unmasked=False, reason="核对余额"
    )


def _settle(setting: Setting) -> Job:
    """A promise whose day is long over: broken once."""
    setting.run(state=RunState.APPLIED)
    case, day = Case.objects.order_by("pk")[0], dt.date(2026, 1, 5)
    Promise.objects.create(
        case=case, amount=100, enough=100, made_on=day, due_on=day, counts_until=day, owed=case.total, stage=case.stage
    )
    return jobs.enqueue(kind="cases.settle_agreements", params={}, actor=setting.supervisor)


def _assign(setting: Setting) -> Job:
    """A preview of the pool that two people agreed on."""
    setting.run(state=RunState.APPLIED)
    crew(2)
    now = clock.database_now()
    run = plan_run(cases=None, chosen={}, unit="", day=clock.business_date(now), seed=1, actor=setting.clerk, now=now)
    approve_run(run=run, actor=setting.supervisor, now=now)
    return jobs.enqueue(kind="agents.assignment_apply", params={"run": run.pk}, actor=setting.supervisor)


def _plan_assignment(setting: Setting) -> Job:
    """A preview of a pool too large for a page that waits."""
    setting.run(state=RunState.APPLIED)
    crew(2)
    params = {"chosen": {}, "unit": "", "day": clock.business_date(clock.database_now()).isoformat()}
    return jobs.enqueue(kind="agents.assignment_plan", params=params, actor=setting.supervisor)


def _move(setting: Setting) -> Job:
    """Cases of the pool chosen for a collector's desk, as the page does it with many."""
    setting.run(state=RunState.APPLIED)
    owner = qualify(create_user(username="ma", display_name="马", password="x" * 20, roles=["collector"], actor=None))
    choice = choose(
        cases=Case.objects.all(), desk=desk_of(owner), reason="分案", actor=setting.supervisor, now=clock.now()
    )
    MoveChoice.objects.filter(pk=choice.pk).update(state=ChoiceState.MOVING)
    return jobs.enqueue(kind="agents.move_chosen", params={"choice": choice.pk}, actor=setting.supervisor)


def _retention(setting: Setting) -> Job:
    """A contact of years ago that two people agreed to remove."""
    setting.run(state=RunState.APPLIED)
    case, now = Case.objects.order_by("pk")[0], clock.database_now()
    Case.objects.filter(pk=case.pk).update(closed_on=DAY_1, close_reason="paid", desk=None)
    Custody.objects.filter(case=case).update(ended_at=now)
    long_ago = now - dt.timedelta(days=3000)
    ContactAttempt.objects.create(
        debtor=case.loan.debtor, case=case, channel="call", state="closed", opened_at=long_ago, started_at=long_ago,
        closed_at=long_ago, result="no_answer",
    )  # fmt: skip
    run = draft_run(actor=setting.clerk, now=now)
    propose_run(run=run, reason="已抽查", actor=setting.clerk, now=now)
    job = decide_run(run=run, approve=True, note="", actor=setting.supervisor, now=now).job
    assert job is not None
    return job


def _refresh_facts(s: Setting) -> Job:
    s.run(state=RunState.APPLIED)
    return jobs.enqueue(kind="reports.refresh_facts", params={}, actor=s.supervisor, queue="reports")


def _notice_restatements(setting: Setting) -> Job:
    """A payment came after the report of its day was out."""
    run = setting.run(state=RunState.APPLIED)
    now = clock.database_now()
    make_report(kind="daily", first=DAY_1, last=DAY_1, known_by=now - dt.timedelta(minutes=1), actor=None, now=now)
    record_repayments(
        payments=[Payment(contract_no="HT00001", paid_on=DAY_1, amount=Decimal("5.00"))],
        source=run.source,
        actor=None,
        now=now,
    )
    return jobs.enqueue(kind="reports.notice_restatements", params={}, actor=setting.supervisor, queue="reports")


def _report(setting: Setting) -> Job:
    """The daily report of a day that is over, for a subscriber: the run is kept once, its mail ordered once."""
    setting.run(state=RunState.APPLIED)
    _subscriber()
    day = DAY_1.isoformat()
    known_by = clock.database_now().isoformat(timespec="seconds")
    params = {"kind": "daily", "first": day, "last": day, "known_by": known_by, "mail": True}
    return jobs.enqueue(kind="reports.make_report", params=params, actor=setting.supervisor, queue="reports")


def _report_mail(setting: Setting) -> Job:
    run = make_report(
        kind="daily", first=DAY_1, last=DAY_1, known_by=clock.database_now(), actor=None, now=clock.database_now()
    ).run
    _subscriber()
    return jobs.enqueue(kind="reports.mail_report", params={"run": run.pk}, actor=setting.supervisor, queue="reports")


def _placed_agency(setting: Setting) -> tuple[Agency, dt.date]:
    """With a payment of a month that is over long ago."""
    setting.run(state=RunState.APPLIED)
    agency, case = an_agency(), Case.objects.order_by("pk")[0]
    a_version(agency)
    placed_on = clock.business_date(case.custodies.get().started_at) + dt.timedelta(days=1)
    give(agency, case, on=placed_on)
    pay(case, placed_on, "100.00")
    return agency, placed_on.replace(day=1)


def _accrue(setting: Setting) -> Job:
    _agency, period = _placed_agency(setting)
    return jobs.enqueue(kind="vendors.accrue", params={"period": period.isoformat()}, actor=_finance(), queue="reports")


def _statement_file(setting: Setting) -> Job:
    agency, period = _placed_agency(setting)
    found = settle(agency=agency, period=period, actor=None, now=clock.database_now()).settlement
    return request_file(settlement=found, actor=_finance(), language="zh-hans")


def _compare_bill(setting: Setting) -> Job:
    """A bill that came before its statement."""
    agency, period = _placed_agency(setting)
    now = clock.database_now()
    manager = create_user(username="wei", display_name="魏", password="x" * 20, roles=["vendor_manager"], actor=None)
    bill = handed_in(agency, [("HT00001", "", "", "", "1.00")], actor=manager, period=period, now=now)
    settle(agency=agency, period=period, actor=None, now=now)
    return compare_jobs.enqueue(bill=bill, actor=manager)


def _finance() -> User:
    return create_user(username="cai", display_name="蔡", password="x" * 20, roles=["finance"], actor=None)


def _month_of_agency(setting: Setting) -> tuple[Agency, str, User]:
    """An agency with money, the month of it, and somebody who may settle and score it."""
    agency, period = _placed_agency(setting)
    actor = create_user(username="wei", display_name="魏", password="x" * 20, roles=["vendor_manager"], actor=None)
    return agency, period.isoformat(), actor


def _settle_agency(setting: Setting) -> Job:
    agency, period, actor = _month_of_agency(setting)
    params = {"agency": agency.pk, "period": period}
    return jobs.enqueue(kind="vendors.settle", params=params, actor=actor, queue="reports")


def _score_month(setting: Setting) -> Job:
    seed_scheme()
    _agency, month, actor = _month_of_agency(setting)
    return jobs.enqueue(kind="vendors.score", params={"month": month}, actor=actor, queue="reports")


def _returned_read(setting: Setting) -> Job:
    """Contacts of an agency about a case that it was given."""
    setting.run(state=RunState.APPLIED)
    agency, case = an_agency(), Case.objects.order_by("pk")[0]
    day = clock.business_date(clock.database_now())
    give(agency, case, on=day, hour=0)
    actor = create_user(username="wei", display_name="魏", password="x" * 20, roles=["vendor_manager"], actor=None)
    line = (case.loan.contract_no, "T-1", f"{day} 00:01", "电话", "无人接听", "", "")
    file = receive(
        file=as_csv("contacts", line), file_name="a.csv", agency=agency, kind="contacts", first_day=day, last_day=day,
        actor=actor, now=clock.database_now(),
    )  # fmt: skip
    assert file.job is not None
    return file.job


def _returned_apply(setting: Setting) -> Job:
    read = _returned_read(setting)
    jobs.run(read.pk)
    Notification.objects.all().delete()
    file = ReturnedFile.objects.get(pk=read.params["file"])
    asked = request_apply(file=file, actor=read.created_by, now=clock.database_now())
    assert asked.job is not None and asked.counts["fine"] == 1
    return asked.job


def _make_meeting(setting: Setting) -> Job:
    """The material of a month with an agency, over long ago."""
    params = {"agency": an_agency().pk, "period": "2026-01-01"}
    actor = create_user(username="wei", display_name="魏", password="x" * 20, roles=["vendor_manager"], actor=None)
    return jobs.enqueue(kind="vendors.make_meeting", params=params, actor=actor, queue="reports")


def _placement(setting: Setting) -> tuple[PlacementBatch, User]:
    """An approved batch of the book's cases, and who made it."""
    setting.run(state=RunState.APPLIED)
    maker = create_user(username="wei", display_name="魏", password="x" * 20, roles=["vendor_manager"], actor=None)
    agency = make_agency("ag-thrice", approver=setting.supervisor)
    return approved(maker, setting.supervisor, rule_for((agency, "100"))), maker


def _plan_placement(setting: Setting) -> Job:
    batch, maker = _placement(setting)
    return placing.ask_plan(rule=Rule.read(batch.rule), seed=3, batch=None, actor=maker, now=clock.database_now())


def _apply_placement(setting: Setting) -> Job:
    batch, maker = _placement(setting)
    return placing.ask_apply(batch=batch, actor=maker)


def _finish_recall(setting: Setting) -> Job:
    """The list of an agency after its days are over."""
    batch, maker = _placement(setting)
    now = clock.database_now()
    batches.apply(batch=batch, actor=maker, now=now)
    recalls.propose(day=clock.business_date(now) + dt.timedelta(days=120), actor=maker, now=now)
    return placing.ask_finish(recall=RecallBatch.objects.get(), actor=maker)


def _placement_file(setting: Setting) -> Job:
    batch, maker = _placement(setting)
    batches.apply(batch=batch, actor=maker, now=clock.database_now())
    batch.refresh_from_db()
    agency = Agency.objects.get(desk__code="ag-thrice")
    return file_jobs.ask_file(batch=batch, agency=agency, password="Abcdefgh23456789", actor=maker)


def _subscriber() -> None:
    reader = create_user(username="jing", display_name="景", password="x" * 20, roles=["manager"], actor=None)
    User.objects.filter(pk=reader.pk).update(email="jing@example.com")
    reader.refresh_from_db()
    subscribe(user=reader, kind="daily", wanted=True, now=clock.now())


KINDS: dict[str, Callable[[Setting], Job]] = {
    "cases.import_read": lambda s: s.run(state=RunState.READING).job,  # type: ignore[return-value,dict-item]
    "cases.import_apply": lambda s: runs.request_apply(run=s.run(state=RunState.PREVIEW), actor=s.clerk, now=at(DAY_1)),
    "cases.import_undo": lambda s: runs.request_undo(run=s.run(state=RunState.APPLIED), actor=s.clerk, now=at(DAY_1)),
    "cases.error_workbook": _errors,
    "cases.export": _export,
    "cases.settle_agreements": _settle,
    "cases.follow_plans": lambda s: jobs.enqueue(kind="cases.follow_plans", params={}, actor=s.supervisor),
    "reports.refresh_facts": _refresh_facts,
    "reports.notice_restatements": _notice_restatements,
    "agents.assignment_apply": _assign,
    "agents.assignment_plan": _plan_assignment,
    "agents.rotate_idle": lambda s: jobs.enqueue(kind="agents.rotate_idle", params={}, actor=s.supervisor),
    "agents.move_chosen": _move,
    "compliance.check_wording": lambda s: jobs.enqueue(kind="compliance.check_wording", params={}, actor=s.supervisor),
    "compliance.retention": _retention,
    "reports.make_report": _report,
    "reports.mail_report": _report_mail,
    "vendors.settle": _settle_agency,
    "vendors.score": _score_month,
    "vendors.returned_read": _returned_read,
    "vendors.returned_apply": _returned_apply,
    "vendors.accrue": _accrue,
    "vendors.compare_bill": _compare_bill,
    "vendors.statement_file": _statement_file,
    "vendors.make_meeting": _make_meeting,
    "vendors.plan_placement": _plan_placement,
    "vendors.apply_placement": _apply_placement,
    "vendors.finish_recall": _finish_recall,
    "vendors.placement_file": _placement_file,
    "core.verify_audit": lambda s: jobs.enqueue(kind="core.verify_audit", params={}, actor=s.supervisor),
    "core.check_invariants": lambda s: jobs.enqueue(kind="core.check_invariants", params={}, actor=s.supervisor),
}
# Every attempt writes a file of its own, and the trail says that the rows were taken out each time.
EACH_ATTEMPT = {"cases.export": {"core_auditevent"}, "vendors.statement_file": {"core_auditevent"}}
# The bell itself has nothing to double; the others are told by their own test below.
TASKS = {
    "core.run_job", "core.sweep_jobs", "core.seal_audit", "core.housekeeping", "core.check_invariants",
    "cases.poll_intake", "cases.purge_exports", "cases.settle_agreements", "cases.follow_plans",
    "compliance.dispatch_messages", "compliance.escalate_complaints",
    "agents.tell_late_notes", "agents.catch_up_calls", "agents.forget_desk",
    "compliance.watch_disclosure", "compliance.tell_disclosure_week", "compliance.keep_data_requests",
    "agents.rotate_idle", "agents.end_assists",
    "agents.keep_covers",
    "agents.warn_of_expiry",
    "compliance.check_wording",
    "compliance.remind_referrals",
    "compliance.chase_breaches", "compliance.watch_incidents",
    "reports.refresh_facts", "reports.notice_restatements",
    "reports.make_due",
    "vendors.propose_recalls", "vendors.score_month", "vendors.follow_rectifications", "vendors.keep_meetings",
    "vendors.match_claims", "vendors.accrue_month",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _all_tasks_are_known() -> None:
    app.loader.import_default_modules()


@pytest.fixture
def setting(tmp_path: Path, clerk: User, supervisor: User) -> Setting:
    return Setting(tmp_path, clerk, supervisor)


def test_every_kind_of_job_and_every_task_is_tried_here() -> None:
    assert {kind for kind in jobs._handlers if not kind.startswith("test.")} == set(KINDS)
    assert {name for name in app.tasks if not name.startswith("celery.")} == TASKS


@pytest.mark.parametrize("kind", KINDS)
def test_a_worker_that_dies_before_it_says_done_is_repeated_without_a_second_effect(
    kind: str, setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = KINDS[kind](setting)
    # Whoever got cases is told with the cases, in the transaction of the effect; the others when the job has ended.
    of_the_end = Notification.objects.exclude(kind="assignment.dealt")
    told = of_the_end.count()
    with monkeypatch.context() as patch:
        patch.setattr(jobs, "_finish", lambda job, **end: None)  # dead, right after its commit
        jobs.run(job.pk)
    after_first, digest = rows(), book_hash()
    assert Job.objects.get(pk=job.pk).state == JobState.RUNNING
    Job.objects.filter(pk=job.pk).update(lease_until=clock.now() - dt.timedelta(seconds=1))

    jobs.run(job.pk)  # another worker
    job.refresh_from_db()
    assert (job.state, job.attempts, job.error) == (JobState.DONE, 2, "")
    jobs.run(job.pk)  # the same message again, and again
    jobs.run(job.pk)
    more = grown(after_first, rows())
    assert more.pop("core_notification") == of_the_end.count() - told == 1, "told once that it is done"
    assert set(more) <= EACH_ATTEMPT.get(kind, set())
    assert book_hash() == digest
    assert_everything_holds()


def test_twin_an_apply_that_does_not_look_whether_it_is_done_runs_into_itself(setting: Setting) -> None:
    """What the state of the run is for: the write itself may not be repeated."""
    from django.db import DatabaseError

    from cases.imports.booking.apply import write_book

    run = setting.run(state=RunState.APPLIED)
    with pytest.raises(DatabaseError):
        write_book(run=run, actor=None, now=at(DAY_1))


def test_the_schedule_rings_thrice_and_a_days_check_is_one_job() -> None:
    for _beat in range(3):
        app.tasks["core.check_invariants"].apply(throw=True)
    assert Job.objects.filter(kind="core.check_invariants").count() == 1


def test_tasks_without_a_job_do_nothing_more_the_second_and_third_time(setting: Setting, settings: Any) -> None:
    settings.AUDIT_SEAL_COPY = setting.folder / "seals.jsonl"
    setting.run(state=RunState.APPLIED)
    for name in sorted(TASKS - {"core.run_job", "core.check_invariants"}):
        app.tasks[name].apply(throw=True)
        once = rows()
        app.tasks[name].apply(throw=True)
        app.tasks[name].apply(throw=True)
        assert grown(once, rows()) == {}, name


@pytest.mark.django_db(transaction=True)
def test_two_schedulers_ring_at_the_same_moment_and_a_days_check_is_one_job() -> None:
    ring = app.tasks["core.check_invariants"].run
    assert at_once(*[ring] * 4) == [None] * 4
    assert Job.objects.filter(kind="core.check_invariants").count() == 1


@pytest.mark.django_db(transaction=True)
def test_twin_two_schedulers_whose_bell_has_no_key_make_several() -> None:
    at_once(*[lambda: jobs.enqueue(kind="core.check_invariants", params={}, actor=None)] * 4)
    assert Job.objects.filter(kind="core.check_invariants").count() == 4


def test_a_message_for_a_job_that_is_gone_or_of_a_kind_that_nobody_knows_yet_is_parked() -> None:
    jobs.run(2**40)
    newer = Job.objects.create(kind="cases.of_the_next_version", params={})
    jobs.run(newer.pk)
    newer.refresh_from_db()
    assert (newer.state, newer.attempts) == (JobState.QUEUED, 0), "left for a worker that knows it"


def test_twin_without_a_limit_a_job_that_kills_its_worker_is_rung_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    def deaths() -> int:
        job = Job.objects.create(kind="core.verify_audit", params={})
        for _round in range(20):
            if jobs.claim(job.pk, now=clock.now()):  # and dies
                Job.objects.filter(pk=job.pk).update(lease_until=clock.now() - dt.timedelta(seconds=1))
            jobs.sweep(now=clock.now())
        return Job.objects.get(pk=job.pk).attempts

    assert deaths() == 3
    monkeypatch.setattr(Job, "MAX_ATTEMPTS", 1000)
    assert deaths() == 20
