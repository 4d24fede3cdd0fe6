"""What a result leads to: each next step with its effect, together with the telling or not at all."""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import translation

from agents.workbench.next_steps import StepRefused
from agents.workbench.telling import Telling, tell_call
from cases.models import Case, ContactPoint, Hold, Promise, RepaymentPlan, RiskFlag, Waiver
from cases.services.holds import place_hold
from cases.timeline import timeline
from collection_ops.core.models import AuditEvent, User
from compliance.complaints.handling import note
from compliance.gate import open_attempt
from compliance.models import Complaint, ContactAttempt, ContactDetail, ResultCode
from compliance.selectors_calls import callbacks_due
from compliance.services.call_details import CallDetails, LogRefused
from compliance.services.log import record_past
from tests.cases.builders import desk_of
from tests.compliance.conftest import Person, monday, person

__all__ = ["person"]

pytestmark = pytest.mark.django_db


def ring(
    person: Person, actor: User, clock: str = "10:00", *, point: ContactPoint | None = None, day: int = 2
) -> ContactAttempt:
    answer = open_attempt(case=person.card, point=point or person.mobile, actor=actor, now=monday(clock, day=day))
    assert answer.attempt is not None, answer.verdict
    return answer.attempt


def tell(
    attempt: ContactAttempt, code: str, clock: str = "10:05", *, day: int = 2, values=None, note: str = "", **learned
) -> Telling:
    details = CallDetails(result_code=ResultCode.objects.get(code=code), **learned)
    actor = attempt.actor
    return tell_call(
        attempt=attempt, details=details, actor=actor, now=monday(clock, day=day), note=note, values=values
    )


def allowed(person: Person, actor: User, clock: str = "15:00", **options) -> bool:
    options = {"point": person.mobile, **options}
    return open_attempt(case=person.card, actor=actor, now=monday(clock), **options).allowed


def to_the_aunt(person: Person, collector: User) -> ContactAttempt:
    """Three missed days make her lawful to ask."""
    for day in (2, 3, 4):
        record_past(
            case=person.card, point=person.mobile, channel="call", result="no_answer", actor=collector,
            started_at=monday("10:00", day=day), now=monday("10:05", day=day),
        )  # fmt: skip
    return ring(person, collector, "11:00", point=person.aunt, day=4)


def test_a_promise_is_taken_down_with_its_result(person: Person, collector: User) -> None:
    told = tell(
        ring(person, collector),
        "PTP",
        values={"promise": {"amount": Decimal("500.00"), "due_on": dt.date(2026, 3, 6), "channel": ""}},
    )
    promise = Promise.objects.get()
    assert (promise.case, promise.amount, promise.made_by) == (person.card, Decimal("500.00"), collector)
    assert told.attempt.result == "right_party"
    assert told.done == ("已登记：2026-03-06 前还款 500.00 元",)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"amount": Decimal("99999.00"), "due_on": dt.date(2026, 3, 6)}, "amount"),
        ({"amount": Decimal("500.00"), "due_on": dt.date(2026, 3, 1)}, "due_on"),
    ],
)
def test_a_promise_that_cannot_be_leaves_the_call_untold(person: Person, collector: User, values, field) -> None:
    attempt = ring(person, collector)
    before = AuditEvent.objects.count()
    with pytest.raises(StepRefused) as refused:
        tell(attempt, "PTP", values={"promise": {**values, "channel": ""}}, willingness="willing")
    assert refused.value.field == field
    attempt.refresh_from_db()
    assert attempt.state == "open"
    assert not ContactDetail.objects.exists()
    assert not Promise.objects.exists()
    assert AuditEvent.objects.count() == before
    tell(
        attempt, "PTP", values={"promise": {"amount": Decimal("500.00"), "due_on": dt.date(2026, 3, 6), "channel": ""}}
    )
    assert Promise.objects.count() == 1


def test_told_twice_the_promise_is_one(person: Person, collector: User) -> None:
    attempt = ring(person, collector)
    values = {"promise": {"amount": Decimal("500.00"), "due_on": dt.date(2026, 3, 6), "channel": ""}}
    tell(attempt, "PTP", values=values, note="第一次")
    again = tell(attempt, "PTP", "10:09", values=values, note="第二次")
    assert Promise.objects.count() == 1
    assert (again.done, again.attempt.note, again.attempt.closed_at) == ((), "第一次", monday("10:05"))
    with pytest.raises(LogRefused, match="已经记录为“承诺还款”"):
        tell(attempt, "TALKED", "10:10")  # the rules count it as the same, people do not


def test_a_plan_is_proposed_with_the_recording_as_its_proof_or_only_wished_for(person: Person, collector: User) -> None:
    tell(ring(person, collector), "INSTALMENT", values={"plan": {}})
    assert not RepaymentPlan.objects.exists()
    attempt = ring(person, collector, "11:00")
    with pytest.raises(StepRefused):
        tell(attempt, "INSTALMENT", "11:04", values={"plan": {"count": 6, "first_on": dt.date(2026, 3, 1)}})
    values = {"plan": {"count": 6, "first_on": dt.date(2026, 3, 10)}}
    told = tell(attempt, "INSTALMENT", "11:05", values=values, recording_ref="rec-3")
    plan = RepaymentPlan.objects.get()
    assert (plan.total, plan.instalments.count(), plan.proof_ref) == (person.card.total, 6, "rec-3")
    assert told.done == ("已提交还款方案，等待审批",)


def test_a_waiver_is_asked_for_or_only_wished_for(person: Person, collector: User) -> None:
    tell(ring(person, collector), "WAIVER", values={"waiver": {}})
    assert not Waiver.objects.exists()
    parts = {"principal": None, "interest": None, "penalty": None, "fees": None}
    owed = next(name for name in parts if getattr(person.card, name) >= 1)
    values = {**parts, owed: Decimal("1.00"), "valid_until": dt.date(2026, 3, 20), "reason": "失业"}
    tell(ring(person, collector, "11:00"), "WAIVER", "11:04", values={"waiver": values})
    assert Waiver.objects.get().applied_by == collector


def test_a_wrong_number_counts_for_nothing_and_makes_the_aunt_lawful_to_ask(person: Person, collector: User) -> None:
    assert not allowed(person, collector, "09:00", point=person.aunt)
    told = tell(ring(person, collector), "WRONG_NUMBER")
    told.attempt.refresh_from_db()
    person.mobile.refresh_from_db()
    assert (told.attempt.misdirected, person.mobile.status) == (True, "dead")
    assert allowed(person, collector, point=person.aunt)


def test_a_dead_number_is_marked_and_a_busy_one_is_not(person: Person, collector: User) -> None:
    tell(ring(person, collector), "BUSY")
    person.mobile.refresh_from_db()
    assert person.mobile.status == "unverified"
    tell(ring(person, collector, "11:00"), "DEAD_NUMBER", "11:01")
    person.mobile.refresh_from_db()
    assert person.mobile.status == "dead"


def test_the_aunt_who_refuses_is_not_called_again_by_anybody(person: Person, collector: User, supervisor: User) -> None:
    tell(to_the_aunt(person, collector), "THIRD_REFUSED", "11:02", day=4)
    person.aunt.refresh_from_db()
    assert person.aunt.status == "refused"
    for actor in (collector, supervisor):
        answer = open_attempt(case=person.loan, point=person.aunt, actor=actor, now=monday("15:00", day=4))
        assert "CN-P-04" in [reason.rule for reason in answer.verdict.reasons if reason.verdict == "block"]


def test_who_refuses_on_the_debtors_own_number_has_no_number_to_refuse(person: Person, collector: User) -> None:
    tell(ring(person, collector), "THIRD_REFUSED")
    person.mobile.refresh_from_db()
    assert person.mobile.status == "unverified"
    assert allowed(person, collector)


def test_what_only_the_debtor_can_say_is_not_told_of_the_aunt(person: Person, collector: User) -> None:
    attempt = to_the_aunt(person, collector)
    with pytest.raises(LogRefused, match="这是联系人的号码") as refused:
        tell(attempt, "PTP", "11:02", day=4)
    assert refused.value.field == "code"
    assert tell(attempt, "THIRD_RELAY", "11:03", day=4).attempt.result == "third_party"


def test_a_callback_waits_until_somebody_has_called(person: Person, collector: User) -> None:
    attempt = ring(person, collector)
    with pytest.raises(StepRefused, match="回拨时间"):
        tell(attempt, "CALLBACK")
    tell(attempt, "CALLBACK", callback_at=monday("15:00"))
    mine = Case.objects.filter(pk=person.card.pk)
    assert not callbacks_due(cases=mine, until=monday("14:59")).exists()
    assert [row.attempt_id for row in callbacks_due(cases=mine, until=monday("15:00"))] == [attempt.pk]
    assert not callbacks_due(cases=Case.objects.none(), until=monday("15:00")).exists()
    tell(ring(person, collector, "15:10"), "NO_ANSWER", "15:11")
    assert not callbacks_due(cases=mine, until=monday("18:00")).exists()


@pytest.mark.parametrize(
    ("code", "learned", "type"),
    [
        ("SELF_HARM", {}, "self_harm"),
        ("UNABLE", {"self_harm": True}, "self_harm"),
        ("COMPLAINT", {}, "complaint"),
        ("REFUSE", {"complaint_wish": True}, "complaint"),
        ("STOP", {}, "stop_contact"),
    ],
)
def test_what_the_person_said_holds_collection(
    person: Person, collector: User, supervisor: User, code: str, learned, type: str
) -> None:
    values = {"complaint": {"about": "me", "words": "说话难听"}}
    tell(ring(person, collector), code, values=values, **learned)
    assert Hold.objects.get().type == type
    assert not allowed(person, collector)
    # A complaint stops the one who is complained about.
    assert allowed(person, supervisor) == (type == "complaint")


def test_a_complaint_on_the_telephone_is_registered_with_the_call_and_said_again_it_is_added(
    person: Person, collector: User, supervisor: User
) -> None:
    said = {"complaint": {"about": "me", "words": "说话难听", "type": "service"}}
    told = tell(ring(person, collector), "COMPLAINT", values=said)
    complaint = Complaint.objects.get()
    assert told.done == (f"已登记投诉 {complaint.number}",)
    assert (complaint.source, complaint.type, complaint.narrative) == ("collector", "service", "说话难听")
    assert (complaint.case, list(complaint.loans.all())) == (person.card, [person.card.loan])
    assert complaint.subjects.get().user == collector
    assert not Complaint.objects.for_user(collector).exists(), "whom it is about sees nothing of it"
    # Somebody else hears of the telephone as such: the channel is held, nobody is accused.
    other = tell(ring(person, supervisor, "15:00"), "COMPLAINT", "15:05", values={"complaint": {"about": "channel"}})
    second = Complaint.objects.latest("pk")
    assert other.done == (f"已登记投诉 {second.number}",)
    assert (second.subjects.count(), second.narrative, second.hold.accused_channel) == (0, "通话中表示要投诉", "call")
    assert not allowed(person, supervisor, "16:00")
    note(complaint=second, words="无关", actor=supervisor, now=monday("15:30"))
    assert Complaint.objects.count() == 2


def test_said_in_two_calls_a_complaint_is_one(person: Person, collector: User) -> None:
    said = {"complaint": {"about": "", "words": "要投诉你们"}}
    tell(ring(person, collector), "COMPLAINT", values=said)
    one = Complaint.objects.get()
    assert tell(ring(person, collector, "15:00"), "COMPLAINT", "15:05", values=said).done == (
        f"已补充到投诉 {one.number}",
    )
    assert [step.kind for step in one.steps.order_by("pk")] == ["received", "noted"]
    assert one.steps.get(kind="noted").words == "要投诉你们"


def test_what_the_aunt_complains_of_is_hers_and_not_the_debtors(person: Person, collector: User) -> None:
    said = {"complaint": {"about": "", "words": "不要再打给我", "type": "third_party"}}
    told = tell(to_the_aunt(person, collector), "THIRD_REFUSED", "11:02", day=4, values=said, complaint_wish=True)
    hers = Complaint.objects.get()
    assert f"已登记投诉 {hers.number}" in told.done
    assert (hers.complainant, hers.type, hers.debtor) == ("third", "third_party", person.card.loan.debtor)
    tell(ring(person, collector, "15:00", day=4), "COMPLAINT", "15:05", day=4, values=said)
    assert list(Complaint.objects.order_by("pk").values_list("complainant", flat=True)) == ["third", "self"]


def test_a_hold_that_runs_is_not_placed_again(person: Person, collector: User, supervisor: User) -> None:
    attempt = ring(person, collector)
    place_hold(
        debtor=person.card.loan.debtor, type="self_harm", reason="家属来电", actor=supervisor, now=monday("10:02")
    )
    told = tell(attempt, "SELF_HARM")
    assert told.done == ()
    assert Hold.objects.count() == 1


def test_a_death_that_is_only_told_holds_for_a_week(person: Person, collector: User) -> None:
    tell(to_the_aunt(person, collector), "THIRD_DECEASED", "11:02", day=4)
    hold = Hold.objects.get()
    assert (hold.type, hold.proven) == ("deceased", False)
    blocked = open_attempt(case=person.card, point=person.mobile, actor=collector, now=monday("10:00", day=10))
    assert not blocked.allowed
    assert open_attempt(case=person.card, point=person.mobile, actor=collector, now=monday("10:00", day=12)).allowed


@pytest.mark.parametrize(
    ("learned", "field"),
    [
        ({"willingness": "eager"}, "willingness"),
        ({"arrears_reason": "x" * 40}, "arrears_reason"),
        ({"callback_at": monday("09:00")}, "callback_at"),
        ({"callback_at": monday("09:00") + dt.timedelta(days=90)}, "callback_at"),
        ({"recording_ref": "r-1", "recording_hash": "f" * 63}, "recording_hash"),
        ({"recording_ref": "r-1", "recording_hash": "G" * 64}, "recording_hash"),
        ({"recording_hash": "f" * 64}, "recording_ref"),
        ({"recording_ref": "r" * 129}, "recording_ref"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(person: Person, collector: User, learned, field: str) -> None:
    attempt = ring(person, collector)
    with pytest.raises(LogRefused) as refused:
        tell(attempt, "TALKED", **learned)
    assert refused.value.field == field
    attempt.refresh_from_db()
    assert attempt.state == "open"


def test_a_code_that_is_switched_off_is_not_told_with(person: Person, collector: User) -> None:
    attempt = ring(person, collector)
    ResultCode.objects.filter(code="UNABLE").update(is_active=False)
    for code in ("UNABLE", "SMS_SENT"):
        with pytest.raises(LogRefused, match="已停用或不属于这个渠道"):
            tell(attempt, code)
    tell(attempt, "TALKED")


def test_a_case_taken_away_during_the_call_keeps_what_was_promised(
    person: Person, collector: User, supervisor: User
) -> None:
    attempt = ring(person, collector)
    Case.objects.filter(pk=person.card.pk).update(desk=desk_of(supervisor))
    tell(
        attempt, "PTP", values={"promise": {"amount": Decimal("500.00"), "due_on": dt.date(2026, 3, 6), "channel": ""}}
    )
    assert Promise.objects.get().made_by == collector


def test_the_timeline_says_what_was_learned_once(person: Person, collector: User) -> None:
    learned = {"willingness": "willing", "arrears_reason": "job_lost", "callback_at": monday("15:00")}
    tell(ring(person, collector), "UNABLE", note="无力偿还；意愿：愿意还款。下月有工作", **learned)
    entry = next(one for one in timeline(person.card, collector)[0] if one.key.startswith("contact-"))
    assert entry.title == "电话：无力偿还"
    assert entry.detail.count("愿意还款") == 1
    for words in ("原因：失业", "回拨 2026-03-02 15:00", "无录音", "下月有工作"):
        assert words in entry.detail
    with translation.override("en"):
        english = next(one for one in timeline(person.card, collector)[0] if one.key.startswith("contact-"))
    assert english.title.endswith("Unable to pay")
    assert "Out of work" in english.detail


def test_a_dispute_stops_the_demand_of_what_is_disputed_and_of_all_when_nobody_said_how_much(
    person: Person, collector: User
) -> None:
    told = tell(ring(person, collector), "DISPUTE", values={"dispute": {"amount": Decimal("50.00"), "words": "年费"}})
    hold = Hold.objects.get()
    assert (hold.type, hold.amount, hold.reason) == ("dispute", Decimal("50.00"), "年费")
    assert told.done == ("已停催：异议核实中",)


def test_a_dispute_that_is_only_ticked_is_about_everything(person: Person, collector: User) -> None:
    tell(ring(person, collector), "CALLBACK", dispute=True, callback_at=monday("16:00"))
    assert Hold.objects.get().amount == person.card.total
    assert not allowed(person, collector)


def test_more_is_not_disputed_than_is_owed(person: Person, collector: User) -> None:
    attempt = ring(person, collector)
    with pytest.raises(StepRefused) as refused:
        tell(attempt, "DISPUTE", values={"dispute": {"amount": Decimal("99999.00"), "words": ""}})
    assert refused.value.field == "amount"
    attempt.refresh_from_db()
    assert attempt.state == "open" and not Hold.objects.exists()


def test_a_hardship_is_flagged_for_somebody_to_decide_or_only_told(person: Person, collector: User) -> None:
    values = {"type": "hardship", "evidence": "通话中称本月失业，独自抚养孩子", "proposal": "assistance"}
    told = tell(ring(person, collector), "HARDSHIP", values={"risk": values})
    flag = RiskFlag.objects.get()
    assert (flag.case, flag.raised_by, flag.type) == (person.card, collector, "hardship")
    assert told.done == ("已提交风险标识，等待主管决定",)
    assert tell(ring(person, collector, "14:00"), "HARDSHIP", "14:05").done == ()


def test_a_dispute_about_one_contract_does_not_swallow_that_about_another(person: Person, collector: User) -> None:
    place_hold(
        debtor=person.card.loan.debtor, type="dispute", reason="费用有误", actor=collector, now=monday("09:00"),
        loan=person.loan.loan, amount=Decimal("10.00"),
    )  # fmt: skip
    values = {"dispute": {"amount": Decimal("50.00"), "words": "年费"}}
    tell(ring(person, collector), "DISPUTE", values=values)
    assert set(Hold.objects.values_list("loan", "amount")) == {
        (person.loan.loan_id, Decimal("10.00")), (person.card.loan_id, Decimal("50.00")),
    }  # fmt: skip
    assert tell(ring(person, collector, "11:00"), "DISPUTE", "11:05", values=values).done == ()
