"""The gate over the real log: what it answers, what it keeps, and that it counts everybody's contacts."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from cases.models import Case, Hold, HoldType
from cases.services.holds import HoldRefused, lift_hold, place_hold
from cases.timeline import timeline
from collection_ops.core.models import AuditEvent, User
from compliance.gate import Answer, StillOpen, decide_again, open_attempt
from compliance.models import AttemptState, Breach, ContactAttempt, GateDecision
from compliance.rules.facts import facts_from, to_json
from compliance.rules.packs import shipped
from compliance.services.log import LogRefused, cancel_attempt, close_attempt, mark_misdirected, record_past
from tests.compliance.conftest import Person, add_phone, monday

pytestmark = pytest.mark.django_db


def call(person: Person, actor: User | None, clock: str, *, day: int = 2, **options) -> Answer:
    options = {"case": person.card, "point": person.mobile, "channel": "call", **options}
    return open_attempt(actor=actor, now=monday(clock, day=day), **options)


def talk(
    person: Person, actor: User | None, clock: str, *, result: str = "right_party", day: int = 2, **options
) -> ContactAttempt:
    answer = call(person, actor, clock, day=day, **options)
    assert answer.attempt is not None, answer.verdict
    begun = monday(clock, day=day)
    ended = begun + dt.timedelta(minutes=5)
    return close_attempt(attempt=answer.attempt, result=result, actor=actor, now=ended, ended_at=ended)


def blocking(answer: Answer) -> list[str]:
    return [reason.rule for reason in answer.verdict.reasons if reason.verdict == "block"]


def test_a_call_at_ten_is_allowed_and_one_at_night_is_told_when(person: Person, collector: User) -> None:
    allowed = call(person, collector, "10:00")
    assert allowed.attempt is not None
    assert allowed.attempt.gate == allowed.decision
    cancel_attempt(attempt=allowed.attempt, actor=collector, now=monday("10:01"))
    refused = call(person, collector, "22:30")
    assert refused.attempt is None
    assert blocking(refused) == ["CN-T-01"]
    assert refused.decision.next_allowed_at == monday("08:00", day=3)
    assert GateDecision.objects.count() == 2
    assert list(AuditEvent.objects.filter(action__startswith="contact.").values_list("action", "outcome")) == [
        ("contact.allowed", "ok"), ("contact.cancelled", "ok"), ("contact.refused", "refused")
    ]  # fmt: skip


def test_the_fourth_talk_of_a_day_is_refused_on_every_contract_of_the_person(
    person: Person, collector: User, supervisor: User
) -> None:
    talk(person, collector, "09:00")
    talk(person, supervisor, "11:00", case=person.loan)
    record_past(
        case=person.loan, point=person.mobile, channel="call", result="right_party", org="agency-a",
        started_at=monday("13:00"), ended_at=monday("13:05"), actor=None, now=monday("14:00"),
    )  # fmt: skip
    for case in (person.card, person.loan):
        refused = call(person, collector, "15:00", case=case)
        assert blocking(refused) == ["CN-F-01", "CN-F-02"]
        assert refused.verdict.reasons[0].observed == refused.verdict.reasons[0].limit == 3
        assert refused.decision.next_allowed_at == monday("08:00", day=3)
    assert call(person, collector, "08:00", day=3).allowed


def test_a_call_is_told_about_before_the_next_one_with_the_same_person(person: Person, collector: User) -> None:
    first = call(person, collector, "09:00").attempt
    assert first is not None
    with pytest.raises(StillOpen) as still:
        call(person, collector, "09:30", case=person.loan)
    assert still.value.attempt == first
    with pytest.raises(IntegrityError), transaction.atomic():
        ContactAttempt.objects.create(
            debtor=first.debtor, case=first.case, channel="call", actor=collector, opened_at=monday("09:30")
        )
    close_attempt(attempt=first, result="no_answer", actor=collector, now=monday("09:31"))
    forgotten = call(person, collector, "09:45", case=person.loan).attempt
    with pytest.raises(StillOpen) as still:
        open_attempt(
            case=person.card, point=person.mobile, actor=collector, now=monday("10:00") + dt.timedelta(days=90)
        )
    assert still.value.attempt == forgotten


def test_an_open_call_counts_as_a_talk_until_somebody_says_what_came_of_it(
    person: Person, collector: User, supervisor: User
) -> None:
    talk(person, collector, "09:00")
    talk(person, collector, "11:00")
    last = call(person, collector, "13:00").attempt
    assert last is not None
    assert not call(person, supervisor, "13:01").allowed
    close_attempt(attempt=last, result="no_answer", actor=collector, now=monday("13:02"))
    answer = call(person, collector, "13:20")
    assert answer.allowed
    assert answer.verdict.verdict == "allow"


def test_a_call_that_was_never_dialled_counts_for_nothing(person: Person, collector: User) -> None:
    for clock in ("09:00", "11:00"):
        talk(person, collector, clock)
    last = call(person, collector, "13:00").attempt
    assert last is not None
    cancel_attempt(attempt=last, actor=collector, now=monday("13:01"))
    assert call(person, collector, "13:02").allowed
    with pytest.raises(LogRefused, match="未拨出"):
        close_attempt(attempt=last, result="no_answer", actor=collector, now=monday("13:03"))


def test_a_hold_stops_everybody_until_it_is_lifted(person: Person, collector: User, supervisor: User) -> None:
    debtor = person.card.loan.debtor
    hold = place_hold(
        debtor=debtor, type=HoldType.ILLNESS, reason="住院", proof="病历 7", actor=supervisor, now=monday("09:00"),
        ends_at=monday("00:00", day=20),
    )  # fmt: skip
    refused = call(person, collector, "10:00")
    assert blocking(refused) == ["CN-S-06"]
    assert refused.decision.next_allowed_at == monday("08:00", day=20)
    with pytest.raises(HoldRefused, match="同类"):
        place_hold(debtor=debtor, type=HoldType.ILLNESS, reason="又住院", actor=supervisor, now=monday("09:30"))
    lift_hold(hold=hold, reason="已出院", actor=supervisor, now=monday("11:00"))
    asked = call(person, collector, "11:30")
    assert asked.allowed
    assert asked.verdict.verdict == "warn"  # ended, to be confirmed
    assert Hold.objects.get().ends_at == monday("11:00")


def test_an_unproven_death_pauses_and_a_certificate_ends_it(person: Person, collector: User, supervisor: User) -> None:
    debtor = person.card.loan.debtor
    hold = place_hold(debtor=debtor, type=HoldType.DECEASED, reason="亲属来电", actor=collector, now=monday("09:00"))
    assert call(person, collector, "10:00").decision.next_allowed_at == monday("08:00", day=9)
    lift_hold(hold=hold, reason="收到证明", actor=supervisor, now=monday("12:00"))
    place_hold(
        debtor=debtor, type=HoldType.DECEASED, reason="死亡证明", proof="证明 3", actor=supervisor, now=monday("12:00")
    )
    assert call(person, collector, "10:00", day=30).decision.next_allowed_at is None
    heir = call(person, collector, "10:00", day=30, point=person.aunt, purpose="find_heir")
    assert heir.allowed


def test_the_aunt_is_asked_only_when_the_debtor_cannot_be_reached_and_never_for_money(
    person: Person, collector: User
) -> None:
    assert blocking(call(person, collector, "10:00", point=person.aunt, purpose="relay")) == ["CN-P-02"]
    for day in (2, 3, 4):
        talk(person, collector, "10:00", day=day, result="no_answer")
    talk(person, collector, "11:00", day=4, point=person.aunt, purpose="relay", result="third_party")
    assert "CN-P-01" in blocking(call(person, collector, "11:10", day=4, point=person.aunt, purpose="demand"))


def test_a_refusal_at_one_number_is_one_at_all_numbers_of_that_person(person: Person, collector: User) -> None:
    for day in (2, 3, 4):
        talk(person, collector, "10:00", day=day, result="no_answer")
    other = add_phone(person.card, "13900003333", relation="姑姑", holder_name="李四")
    person.aunt.status = "refused"
    person.aunt.save(update_fields=["status"])
    assert blocking(call(person, collector, "11:00", day=4, point=other, purpose="relay")) == ["CN-P-04"]


def test_nobody_is_called_about_a_debt_that_left_the_book(person: Person, collector: User) -> None:
    Case.objects.filter(pk=person.card.pk).update(closed_on=dt.date(2026, 3, 1), close_reason="paid")
    person.card.refresh_from_db()
    assert blocking(call(person, collector, "10:00")) == ["CN-S-01"]
    assert call(person, collector, "10:00", case=person.loan).allowed


def test_what_happened_is_kept_and_marked_and_the_mark_goes_when_the_fact_does(person: Person, collector: User) -> None:
    told = [
        record_past(
            case=person.card, point=person.mobile, channel="call", result="right_party", org="agency-a",
            started_at=monday(clock), actor=None, now=monday("23:00"),
        )
        for clock in ("09:00", "11:00", "13:00", "15:00", "22:10")
    ]  # fmt: skip
    open_breaches = Breach.objects.filter(state="open").order_by("attempt_id", "rule")
    assert [(b.attempt_id, b.rule) for b in open_breaches] == [
        (told[3].pk, "CN-F-01"), (told[3].pk, "CN-F-02"),
        (told[4].pk, "CN-F-01"), (told[4].pk, "CN-F-02"), (told[4].pk, "CN-T-01"),
    ]  # fmt: skip
    mark_misdirected(attempt=told[0], actor=collector, now=monday("23:10"), reason="号码是别人的")
    assert [(b.attempt_id, b.rule) for b in open_breaches.all()] == [
        (told[4].pk, "CN-F-01"), (told[4].pk, "CN-F-02"), (told[4].pk, "CN-T-01")
    ]  # fmt: skip
    mark_misdirected(attempt=told[0], actor=collector, now=monday("23:20"), misdirected=False)
    assert open_breaches.all().count() == 5
    assert Breach.objects.count() == 5


def test_a_late_feed_of_an_agency_makes_our_own_third_call_the_fourth(person: Person, collector: User) -> None:
    mine = [talk(person, collector, clock) for clock in ("10:00", "12:00", "14:00")]
    assert not Breach.objects.exists()
    record_past(
        case=person.card, point=person.mobile, channel="call", result="right_party", org="agency-a",
        started_at=monday("09:00"), actor=None, now=monday("18:00"),
    )  # fmt: skip
    assert set(Breach.objects.values_list("attempt_id", "rule")) == {(mine[2].pk, "CN-F-01"), (mine[2].pk, "CN-F-02")}


def test_a_result_is_told_once_and_cannot_be_impossible(person: Person, collector: User) -> None:
    attempt = call(person, collector, "10:00").attempt
    assert attempt is not None
    with pytest.raises(LogRefused, match="选择"):
        close_attempt(attempt=attempt, result="", actor=collector, now=monday("10:05"))
    with pytest.raises(LogRefused, match="将来"):
        close_attempt(attempt=attempt, result="busy", actor=collector, now=monday("10:05"), ended_at=monday("12:00"))
    with pytest.raises(LogRefused, match="早于开始"):
        close_attempt(attempt=attempt, result="busy", actor=collector, now=monday("10:05"), ended_at=monday("09:59"))
    with pytest.raises(LogRefused, match="补录"):
        close_attempt(attempt=attempt, result="busy", actor=collector, now=monday("10:05"), started_at=monday("09:30"))
    closed = close_attempt(attempt=attempt, result="busy", actor=collector, now=monday("10:05"))
    again = close_attempt(attempt=attempt, result="busy", actor=collector, now=monday("10:09"))
    assert (again.closed_at, again.state) == (closed.closed_at, AttemptState.CLOSED)
    with pytest.raises(LogRefused, match="占线"):
        close_attempt(attempt=attempt, result="right_party", actor=collector, now=monday("10:10"))


def test_an_old_decision_can_be_made_again_from_what_was_known_then(person: Person, collector: User) -> None:
    for clock in ("09:00", "11:00", "13:00"):
        talk(person, collector, clock)
    place_hold(
        debtor=person.card.loan.debtor, type=HoldType.COMPLAINT, reason="投诉", actor=None, now=monday("13:30"),
        accused=collector,
    )  # fmt: skip
    decision = call(person, collector, "14:00").decision
    ContactAttempt.objects.update(misdirected=True)
    again = decide_again(GateDecision.objects.get(pk=decision.pk))
    assert [reason.to_json() for reason in again.reasons] == decision.reasons
    assert to_json(facts_from(decision.facts)) == decision.facts
    other = decide_again(decision, shipped("US-REGF").rules)
    assert [reason.rule for reason in other.reasons] == ["US-F-02"]


def test_the_gate_asks_three_questions_of_the_database_however_long_the_log(person: Person, collector: User) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            attempt = call(person, collector, "10:00").attempt
        assert attempt is not None
        cancel_attempt(attempt=attempt, actor=collector, now=monday("10:00"))
        return sum(1 for query in queries if query["sql"].lstrip().startswith("SELECT"))

    asked()
    few = asked()
    for n in range(30):
        record_past(
            case=person.card, point=person.mobile, channel="call", result="no_answer", actor=None, now=monday("08:00"),
            started_at=monday("08:00") - dt.timedelta(hours=n + 1),
        )  # fmt: skip
    assert asked() == few == 3


def test_the_timeline_tells_contacts_and_refusals(person: Person, collector: User) -> None:
    talk(person, collector, "10:00", result="no_answer")
    call(person, collector, "22:30")
    entries, _more = timeline(person.card, collector)
    told = {entry.title for entry in entries if entry.kind == "contact"}
    assert told == {"电话：无人接听", "联系未获允许"}
