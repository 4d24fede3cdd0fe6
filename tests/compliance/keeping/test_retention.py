"""How long records stay, what spares them, who lets them go, and that the database lets nobody else."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from cases.models import Case, Hold
from collection_ops.core.access import Role
from collection_ops.core.models import AuditEvent, Job, User
from collection_ops.core.services.accounts import create_user
from compliance.breaching.register import report_breach
from compliance.complaints.register import Accused, Said, Whose, receive
from compliance.incidents.register import CameFrom, Told, register_incident
from compliance.keeping import runs
from compliance.keeping.age import age_on, first_kept
from compliance.keeping.invariants import nothing_removed_under_a_legal_hold
from compliance.keeping.legal import lift_legal_hold, place_legal_hold
from compliance.keeping.overdue import judged
from compliance.keeping.refusals import KeepingRefused
from compliance.keeping.runs import decide_run, draft_run, preview, propose_run, remove_batch, resume_run
from compliance.models import (
    About,
    Breach,
    BreachCase,
    BreachStep,
    Complaint,
    ContactAttempt,
    ContactDetail,
    FollowUp,
    GateDecision,
    LegalHold,
    ReplyLetter,
    RetentionItem,
    RetentionKind,
    RetentionRun,
    RuleChange,
    Transcript,
)
from compliance.rules.keeping import years_later
from tests.cases.builders import desk_of, make_case

pytestmark = pytest.mark.django_db
CHINA = dt.timezone(dt.timedelta(hours=8))
RECORDED = dt.date(2021, 3, 1)


def at(day: dt.date, clock: str = "10:00") -> dt.datetime:
    return dt.datetime.combine(day, dt.time.fromisoformat(clock), tzinfo=CHINA)


LAST_DAY, NEXT_DAY = at(dt.date(2026, 3, 1)), at(dt.date(2026, 3, 2))


def contacted(case: Case, moment: dt.datetime, *, state: str = "closed") -> ContactAttempt:
    """A contact that the gate allowed, with a breach and what was learned."""
    gate = GateDecision.objects.create(
        debtor=case.loan.debtor,
        case=case,
        channel="call",
        purpose="demand",
        decided_at=moment,
        verdict="allow",
        facts={},
    )
    told = {"started_at": moment, "closed_at": moment, "result": "no_answer"} if state == "closed" else {}
    attempt = ContactAttempt.objects.create(
        debtor=case.loan.debtor, case=case, gate=gate, channel="call", state=state, opened_at=moment, **told
    )
    ContactDetail.objects.create(attempt=attempt, recording_ref="REC-1")
    Breach.objects.create(attempt=attempt, pack="CN-DEFAULT", rule="CN-T-01", found_at=moment, changed_at=moment)
    return attempt


def settle(case: Case, reason: str = "paid") -> Case:
    Case.objects.filter(pk=case.pk).update(closed_on=dt.date(2021, 6, 1), close_reason=reason)
    return case


@pytest.fixture
def case(collector: User) -> Case:
    return settle(make_case(desk=desk_of(collector)))


@pytest.fixture
def second_manager(db: None) -> User:
    return create_user(
        username="lao.manager", display_name="老经理", password="x" * 20, roles=[Role.MANAGER], actor=None
    )


def approved(officer: User, manager: User, now: dt.datetime = NEXT_DAY) -> RetentionRun:
    run = draft_run(actor=officer, now=now)
    propose_run(run=run, reason="已抽查样例", actor=officer, now=now)
    return decide_run(run=run, approve=True, note="", actor=manager, now=now)


def removed(run: RetentionRun, now: dt.datetime = NEXT_DAY) -> RetentionRun:
    while remove_batch(run_id=run.pk, now=now):
        pass
    run.refresh_from_db()
    return run


def contacts(now: dt.datetime) -> dict[str, Any]:
    found = preview(now=now)["kinds"]["contact"]
    return {"count": found["count"], **found["spared"]}


# Age ----------------------------------------------------------------------------------------------------------------------


def test_a_record_of_1_march_2021_is_kept_through_1_march_2026_and_may_go_the_next_day(case: Case) -> None:
    contacted(case, at(RECORDED))
    assert contacts(LAST_DAY) == {"count": 0}
    assert contacts(NEXT_DAY) == {"count": 1}


@pytest.mark.parametrize("clock", ["00:00", "23:59"])
def test_the_day_is_the_lenders(case: Case, clock: str) -> None:
    contacted(case, at(RECORDED, clock))
    assert contacts(at(dt.date(2026, 3, 1), "23:59")) == {"count": 0}
    assert contacts(at(dt.date(2026, 3, 2), "00:00")) == {"count": 1}


def test_the_set_says_what_the_rule_says_on_every_day_around_a_leap_day() -> None:
    for offset in range(-4, 5):
        today = dt.date(2028, 2, 29) + dt.timedelta(days=offset)
        kept = first_kept(today, 5)
        for day in (kept - dt.timedelta(days=n) for n in range(-5, 5)):
            assert (today > years_later(day, 5)) == (day < kept), (today, day)


def test_a_rule_that_was_tightened_keeps_longer_and_the_number_is_not_written_twice(
    case: Case, compliance_officer: User
) -> None:
    contacted(case, at(RECORDED))
    RuleChange.objects.create(
        pack="CN-DEFAULT", rule="CN-R-01", params={"years": 6}, state="active", begins_at=at(dt.date(2026, 1, 1)),
        effective_from=dt.date(2026, 1, 1), loosens=False,
        proposed_by=compliance_officer, proposed_at=at(dt.date(2026, 1, 1)), reason="自定",
    )  # fmt: skip
    age = age_on(NEXT_DAY)
    assert age is not None and age.years == 6
    assert contacts(NEXT_DAY) == {"count": 0}


def test_without_a_rule_nothing_may_go(case: Case, monkeypatch: pytest.MonkeyPatch, manager: User) -> None:
    monkeypatch.setattr("compliance.keeping.age.rules_in_force", lambda day: ())
    with pytest.raises(KeepingRefused, match="没有生效的保存期限规则"):
        draft_run(actor=manager, now=NEXT_DAY)


# What is spared -----------------------------------------------------------------------------------------------------------


def _open_complaint(case: Case, officer: User) -> None:
    said = Said(source="hotline", type="service", narrative="态度差", received_at=NEXT_DAY)
    receive(said=said, whose=Whose(debtor=case.loan.debtor), accused=[], actor=officer, now=NEXT_DAY)


def _open_incident(case: Case, officer: User) -> None:
    told = Told(type="media", known_at=LAST_DAY, what="报道")
    register_incident(told=told, came_from=CameFrom(case=case), owner=officer, actor=officer, now=LAST_DAY)


SPARED: dict[str, Callable[[Case, User], Any]] = {
    "unsettled": lambda case, officer: Case.objects.filter(pk=case.pk).update(closed_on=None, close_reason=""),
    "legal_hold": lambda case, officer: place_legal_hold(
        debtor=case.loan.debtor, reason="诉讼", actor=officer, now=LAST_DAY
    ),
    "complaint": _open_complaint,
    "incident": _open_incident,
    "hold": lambda case, officer: Hold.objects.create(
        debtor=case.loan.debtor, type="illness", since=LAST_DAY, reason="住院"
    ),
}


@pytest.mark.parametrize("why", SPARED)
def test_what_is_old_enough_is_spared_for_a_reason_that_is_told(why: str, case: Case, compliance_officer: User) -> None:
    contacted(case, at(RECORDED))
    SPARED[why](case, compliance_officer)
    assert contacts(NEXT_DAY) == {"count": 0, why: 1}


@pytest.mark.parametrize(("reason", "goes"), [("settled", 1), ("cured", 0), ("recalled", 0), ("written_off", 0)])
def test_a_debt_is_settled_only_when_nothing_is_owed_any_more(case: Case, reason: str, goes: int) -> None:
    contacted(case, at(RECORDED))
    settle(case, reason)
    assert contacts(NEXT_DAY)["count"] == goes


def test_one_contract_that_is_not_settled_keeps_all_records_of_the_person(case: Case, collector: User) -> None:
    contacted(case, at(RECORDED))
    make_case(desk=desk_of(collector), debtor=case.loan.debtor)
    assert contacts(NEXT_DAY) == {"count": 0, "unsettled": 1}


# From the draft to the end ------------------------------------------------------------------------------------------------


def test_a_run_is_drafted_proposed_approved_by_another_and_removes_the_record_with_all_of_it(
    case: Case, compliance_officer: User, manager: User
) -> None:
    old, young = contacted(case, at(RECORDED)), contacted(case, at(RECORDED + dt.timedelta(days=1)))
    blocked = GateDecision.objects.create(
        debtor=case.loan.debtor, case=case, channel="call", purpose="demand", decided_at=at(RECORDED), verdict="block",
        facts={},
    )  # fmt: skip
    run = removed(approved(compliance_officer, manager))
    assert run.state == "applied"
    assert list(ContactAttempt.objects.all()) == [young]
    assert list(GateDecision.objects.all()) == [young.gate]
    assert not ContactDetail.objects.filter(pk=old.pk).exists()
    assert list(Breach.objects.values_list("attempt", flat=True)) == [young.pk]
    assert run.removed["contact"]["count"] == 1 and run.removed["decision"]["count"] == 1
    assert run.preview["contact"]["oldest"] == "2021-03-01", "the figures stay"
    batch = AuditEvent.objects.get(action="retention.removed", data__kind="contact")
    assert (batch.data["count"], batch.data["first"], len(batch.data["sha256"])) == (1, old.pk, 64)
    listed = RetentionItem.objects.filter(kind="decision", removed_at__isnull=False).values_list("object_id", flat=True)
    assert set(listed) == {blocked.pk, old.gate_id}, "the decision that goes with a contact is on the list too"
    assert Job.objects.filter(kind=runs.JOB, params={"run": run.pk}).count() == 1


def test_nobody_approves_what_they_proposed(case: Case, compliance_officer: User, manager: User) -> None:
    contacted(case, at(RECORDED))
    run = draft_run(actor=compliance_officer, now=NEXT_DAY)
    with pytest.raises(KeepingRefused, match="请写明"):
        propose_run(run=run, reason=" ", actor=compliance_officer, now=NEXT_DAY)
    propose_run(run=run, reason="已抽查", actor=manager, now=NEXT_DAY)
    with pytest.raises(KeepingRefused, match="另一人批准"):
        decide_run(run=run, approve=True, note="", actor=manager, now=NEXT_DAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        RetentionRun.objects.update(state="approved", decided_by=manager)
    with pytest.raises(KeepingRefused, match="已有一次到期删除"):
        draft_run(actor=compliance_officer, now=NEXT_DAY)
    assert remove_batch(run_id=run.pk, now=NEXT_DAY) == 0, "not approved"
    assert ContactAttempt.objects.count() == 1


def test_a_worker_that_dies_between_batches_loses_nothing_and_the_next_goes_on(
    case: Case, compliance_officer: User, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "BATCH", 2)
    for minute in range(5):
        contacted(case, at(RECORDED, f"10:0{minute}"))
    run = approved(compliance_officer, manager)
    assert remove_batch(run_id=run.pk, now=NEXT_DAY) == 2  # and dies
    assert ContactAttempt.objects.count() == 3
    removed(run)
    assert run.removed["contact"]["count"] == 5
    assert ContactAttempt.objects.count() == 0
    assert remove_batch(run_id=run.pk, now=NEXT_DAY) == 0, "again: nothing"


def test_a_legal_hold_that_comes_after_the_approval_spares(case: Case, compliance_officer: User, manager: User) -> None:
    contacted(case, at(RECORDED))
    run = approved(compliance_officer, manager)
    place_legal_hold(debtor=case.loan.debtor, reason="诉讼", actor=compliance_officer, now=NEXT_DAY)
    removed(run)
    assert ContactAttempt.objects.count() == 1
    assert run.removed["contact"] == {**run.removed["contact"], "count": 0, "spared": {"legal_hold": 1}}
    assert nothing_removed_under_a_legal_hold() == []


def test_twin_the_invariant_sees_a_record_that_went_under_a_hold(
    case: Case, compliance_officer: User, manager: User
) -> None:
    contacted(case, at(RECORDED))
    run = removed(approved(compliance_officer, manager))
    LegalHold.objects.create(debtor=case.loan.debtor, reason="诉讼", placed_by=compliance_officer, placed_at=LAST_DAY)
    assert run.removed["contact"]["count"] == 1
    assert len(nothing_removed_under_a_legal_hold()) == 2, "the contact, and the decision that went with it"


def test_a_closed_complaint_goes_with_its_steps(case: Case, compliance_officer: User, manager: User) -> None:
    said = Said(source="hotline", type="service", narrative="态度差", received_at=at(RECORDED))
    one = receive(
        said=said, whose=Whose(debtor=case.loan.debtor), accused=[], actor=compliance_officer, now=at(RECORDED)
    )
    Complaint.objects.filter(pk=one.pk).update(
        state="closed", handler=compliance_officer, outcome="upheld", decided_at=at(RECORDED), closed_at=at(RECORDED)
    )
    Hold.objects.filter(debtor=case.loan.debtor).update(ends_at=LAST_DAY)
    removed(approved(compliance_officer, manager))
    assert not Complaint.objects.exists()


def _old_complaint(case: Case, officer: User, collector: User, answered: dt.datetime | None = None) -> Complaint:
    """Closed long ago, with a letter that was sent, a follow-up and a breach that was put right."""
    said = Said(source="hotline", type="threat", narrative="骂人", received_at=at(RECORDED))
    accused = [Accused(About.COLLECTOR, collector)]
    one = receive(said=said, whose=Whose(debtor=case.loan.debtor), accused=accused, actor=officer, now=at(RECORDED))
    Complaint.objects.filter(pk=one.pk).update(
        state="closed", handler=officer, outcome="upheld", decided_at=at(RECORDED), closed_at=at(RECORDED)
    )
    Hold.objects.filter(debtor=case.loan.debtor).update(ends_at=LAST_DAY)
    ReplyLetter.objects.create(
        complaint=one, round=1, text="答复", written_by=officer, written_at=answered or at(RECORDED), how="post",
        sent_on=RECORDED, recorded_by=officer,
    )  # fmt: skip
    FollowUp.objects.create(complaint=one, round=1, due_on=RECORDED)
    matter = report_breach(
        kind="B01.2", severity=None, what="骂人", actor=officer, now=at(RECORDED), user=collector, complaint=one
    )
    other = create_user(username="fu.he", display_name="傅核", password="x" * 20, roles=[Role.COMPLIANCE], actor=None)
    BreachCase.objects.filter(pk=matter.pk).update(
        state="closed", owner=officer, remedied_at=at(RECORDED), closed_by=other, closed_at=at(RECORDED)
    )
    return one


def test_an_old_complaint_goes_with_its_letter_its_follow_up_and_its_breach(
    case: Case, compliance_officer: User, manager: User, collector: User
) -> None:
    _old_complaint(case, compliance_officer, collector)
    with pytest.raises(DatabaseError, match="is kept"), transaction.atomic():
        ReplyLetter.objects.all().delete()
    run = removed(approved(compliance_officer, manager))
    assert run.removed["complaint"]["count"] == 1
    assert not any(model.objects.exists() for model in (Complaint, ReplyLetter, FollowUp, BreachCase, BreachStep))


@pytest.mark.parametrize("younger", ["letter", "breach", "incident"])
def test_what_is_younger_or_open_about_a_complaint_keeps_it(
    younger: str, case: Case, compliance_officer: User, manager: User, collector: User
) -> None:
    answered = at(RECORDED + dt.timedelta(days=1)) if younger == "letter" else None
    one = _old_complaint(case, compliance_officer, collector, answered)
    if younger == "breach":
        BreachCase.objects.update(state="in_hand", closed_by=None, closed_at=None)
    if younger == "incident":
        told = Told(type="media", known_at=at(RECORDED), what="报道")
        came = CameFrom(breach_case=BreachCase.objects.get())
        register_incident(told=told, came_from=came, owner=manager, actor=manager, now=at(RECORDED))
    assert preview(now=NEXT_DAY)["kinds"]["complaint"]["spared"] == {"referred": 1}
    assert Complaint.objects.filter(pk=one.pk).exists()


def test_a_contact_goes_with_its_register_of_breaches_and_its_transcript(
    case: Case, compliance_officer: User, manager: User
) -> None:
    attempt = contacted(case, at(RECORDED))
    matter = BreachCase.objects.create(
        source="log", breach=attempt.breaches.get(), attempt=attempt, kind="CN-T-01", severity=2, org="own",
        found_on=RECORDED, due_on=RECORDED, state="dismissed", closed_by=manager, closed_at=at(RECORDED),
        recorded_at=at(RECORDED),
    )  # fmt: skip
    BreachStep.objects.create(breach_case=matter, kind="opened", at=at(RECORDED))
    Transcript.objects.create(attempt=attempt, text="你好", received_at=at(RECORDED))
    run = removed(approved(compliance_officer, manager))
    assert (run.state, run.removed["contact"]["count"]) == ("applied", 1)
    assert not any(model.objects.exists() for model in (ContactAttempt, BreachCase, BreachStep, Transcript))


def test_what_refers_to_a_record_keeps_it_also_by_relations_that_django_hides() -> None:
    assert "compliance_freezeline r WHERE r.message_id" in judged(RetentionKind.MESSAGE)
    assert "compliance_queuedmessage r WHERE r.decision_id" in judged(RetentionKind.DECISION)


def test_a_run_whose_job_was_stopped_for_good_goes_on(
    case: Case, compliance_officer: User, manager: User, client_as: Callable[[User], Client]
) -> None:
    contacted(case, at(RECORDED))
    run = approved(compliance_officer, manager)
    with pytest.raises(KeepingRefused, match="正在执行"):
        resume_run(run=run, actor=manager, now=NEXT_DAY)
    Job.objects.filter(pk=run.job_id).update(state="dead")
    url = reverse("compliance:retention_resume", args=[run.pk])
    assert "继续执行" in client_as(manager).get(reverse("compliance:retention_run", args=[run.pk])).content.decode()
    assert client_as(compliance_officer).post(url, {"form_token": "b" * 43}).status_code == 403
    assert client_as(manager).post(url, {"form_token": "b" * 43}).status_code == 302
    again = client_as(manager).post(url, {"form_token": "c" * 43})
    assert again.status_code == 409, "a second click"
    run.refresh_from_db()
    assert run.job is not None and run.job.state == "queued"
    assert removed(run).state == "applied"


# The database -------------------------------------------------------------------------------------------------------------


def _delete(attempt: ContactAttempt, run: RetentionRun | None) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        if run is not None:
            cursor.execute("SELECT set_config('compliance.retention_run', %s, true)", [str(run.pk)])
        cursor.execute("DELETE FROM compliance_breach WHERE attempt_id = %s", [attempt.pk])
        cursor.execute("DELETE FROM compliance_contactdetail WHERE attempt_id = %s", [attempt.pk])
        cursor.execute("DELETE FROM compliance_contactattempt WHERE id = %s", [attempt.pk])


def test_the_database_refuses_the_owner_of_the_tables_without_an_approved_run(
    case: Case, compliance_officer: User, manager: User
) -> None:
    attempt = contacted(case, at(RECORDED))
    with pytest.raises(DatabaseError, match="is kept"):
        _delete(attempt, None)
    draft = draft_run(actor=compliance_officer, now=NEXT_DAY)
    with pytest.raises(DatabaseError, match="is kept"):
        _delete(attempt, draft)
    run = approved(compliance_officer, manager)
    unlisted = contacted(case, at(RECORDED, "11:00"))
    with pytest.raises(DatabaseError, match="is kept"):
        _delete(unlisted, run)
    _delete(attempt, run)
    assert list(ContactAttempt.objects.all()) == [unlisted]


def test_the_database_refuses_what_is_younger_than_five_years_even_in_an_approved_run(
    case: Case, compliance_officer: User, manager: User
) -> None:
    contacted(case, at(RECORDED))
    run = approved(compliance_officer, manager)
    today = dt.datetime.now(tz=CHINA).date()
    young = contacted(case, at(first_kept(today, 5), "00:00"))
    old = contacted(case, at(first_kept(today, 5) - dt.timedelta(days=1), "23:59"))
    for one in (young, old):
        RetentionItem.objects.create(run=run, kind="contact", object_id=one.pk, debtor_id=one.debtor_id)
    with pytest.raises(DatabaseError, match="is kept"):
        _delete(young, run)
    _delete(old, run)


def test_the_database_refuses_what_is_under_a_legal_hold_and_decisions_never_change(
    case: Case, compliance_officer: User, manager: User
) -> None:
    attempt = contacted(case, at(RECORDED))
    run = approved(compliance_officer, manager)
    place_legal_hold(debtor=case.loan.debtor, reason="诉讼", actor=compliance_officer, now=NEXT_DAY)
    with pytest.raises(DatabaseError, match="is kept"):
        _delete(attempt, run)
    with pytest.raises(DatabaseError, match="is kept"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('compliance.retention_run', %s, true)", [str(run.pk)])
        cursor.execute("UPDATE compliance_gatedecision SET verdict = 'block'")


# Legal holds --------------------------------------------------------------------------------------------------------------


def test_a_legal_hold_is_lifted_by_another_with_a_reason(case: Case, compliance_officer: User, manager: User) -> None:
    hold = place_legal_hold(
        debtor=case.loan.debtor, reason="诉讼", reference="(2026)浙01民初1号", actor=compliance_officer, now=LAST_DAY
    )
    with pytest.raises(KeepingRefused, match="已在保全中"):
        place_legal_hold(
            debtor=case.loan.debtor, reason="再次", reference="(2026)浙01民初1号", actor=manager, now=LAST_DAY
        )
    with pytest.raises(KeepingRefused, match="另一人解除"):
        lift_legal_hold(hold=hold, reason="结案", actor=compliance_officer, now=NEXT_DAY)
    with pytest.raises(KeepingRefused, match="请写明"):
        lift_legal_hold(hold=hold, reason="", actor=manager, now=NEXT_DAY)
    lift_legal_hold(hold=hold, reason="判决生效", actor=manager, now=NEXT_DAY)
    contacted(case, at(RECORDED))
    assert contacts(NEXT_DAY) == {"count": 1}


def test_the_page_of_holds_finds_those_of_a_contract_and_those_that_were_lifted(
    client_as: Callable[[User], Client], case: Case, collector: User, compliance_officer: User, manager: User
) -> None:
    other = make_case(desk=desk_of(collector))
    hold = place_legal_hold(debtor=case.loan.debtor, reason="诉讼一", actor=compliance_officer, now=LAST_DAY)
    place_legal_hold(debtor=other.loan.debtor, reason="调查二", actor=compliance_officer, now=LAST_DAY)
    url, reader = reverse("compliance:legal_holds"), client_as(manager)
    both = reader.get(url).content.decode()
    assert "诉讼一" in both and "调查二" in both
    one = reader.get(url, {"contract": other.loan.contract_no}).content.decode()
    assert "诉讼一" not in one and "调查二" in one
    lift = reverse("compliance:legal_hold_lift", args=[hold.pk])
    empty = reader.post(lift, {"reason": " ", "form_token": "d" * 43})
    assert empty.status_code == 400 and "请写明解除的原因" in empty.content.decode()
    assert reader.post(lift, {"reason": "判决生效", "form_token": "e" * 43})["Location"] == url
    assert "诉讼一" not in reader.get(url).content.decode()
    assert "判决生效" in reader.get(url, {"show": "lifted"}).content.decode()


# Pages --------------------------------------------------------------------------------------------------------------------


def test_the_page_shows_what_would_go_before_anybody_agrees_to_it(
    client_as: Callable[[User], Client], case: Case, compliance_officer: User, manager: User
) -> None:
    contacted(case, at(RECORDED))
    run = draft_run(actor=compliance_officer, now=NEXT_DAY)
    url = reverse("compliance:retention_run", args=[run.pk])
    page = client_as(compliance_officer).get(url).content.decode()
    assert "2021-03-01" in page and case.loan.contract_no in page and "提出删除" in page
    assert "批准删除" not in page
    propose_run(run=run, reason="已抽查", actor=compliance_officer, now=NEXT_DAY)
    assert "批准删除" in client_as(manager).get(url).content.decode()
    assert client_as(compliance_officer).get(reverse("compliance:retention")).status_code == 200


def test_the_page_says_when_nobody_has_looked_for_too_long(
    client_as: Callable[[User], Client], compliance_officer: User
) -> None:
    client, url = client_as(compliance_officer), reverse("compliance:retention")
    today = dt.datetime.now(tz=CHINA)
    run = draft_run(actor=compliance_officer, now=today - dt.timedelta(days=90))
    assert "没有复核到期记录" not in client.get(url).content.decode()
    RetentionRun.objects.filter(pk=run.pk).update(as_of=run.as_of - dt.timedelta(days=1))
    assert "已有 91 天没有复核到期记录" in client.get(url).content.decode()
