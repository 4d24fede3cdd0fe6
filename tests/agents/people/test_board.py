"""The team board: a morning through the real services, counted by hand; and who sees whom."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from agents.expected import rates_on
from agents.models import Leave
from agents.people.board_selectors import PersonRow, board_rows, day_rows, total_of
from agents.people.board_sort import ordered
from agents.scope import people_for
from agents.workbench.telling import tell_call
from cases.models import Case, Custody, Repayment
from cases.services.promises import cancel_promise
from collection_ops.core import clock
from collection_ops.core.access import Role
from collection_ops.core.models import User
from collection_ops.core.services.accounts import create_user
from compliance.gate import open_attempt
from compliance.models import ContactAttempt, ResultCode
from compliance.reference import seed_codes
from compliance.selectors_calls import callbacks_due
from compliance.services.call_details import CallDetails
from compliance.services.log import cancel_attempt, mark_misdirected, record_past
from tests.cases.builders import desk_of, make_case
from tests.compliance.conftest import add_phone, monday
from tests.staff import make_team, place, qualify

pytestmark = pytest.mark.django_db
MONDAY = dt.date(2026, 3, 2)
YUAN = Decimal("500.00")


@pytest.fixture(autouse=True)
def _codes(db: None) -> None:
    cache.clear()
    seed_codes()


def case_of(person: User, *, days: int = 45, total: str = "1234.56") -> Case:
    case = make_case(desk=desk_of(person), days=days, total=total, as_of=MONDAY)
    add_phone(case, f"139{case.pk:08d}")
    return case


def ring(case: Case, actor: User, at: str) -> ContactAttempt | None:
    point = case.loan.debtor.contact_points.get()
    return open_attempt(case=case, point=point, actor=actor, now=monday(at)).attempt


def call(case: Case, actor: User, at: str, code: str, *, told: str = "", values: Any = None, **learned: Any) -> Any:
    attempt = ring(case, actor, at)
    assert attempt is not None
    details = CallDetails(result_code=ResultCode.objects.get(code=code), **learned)
    return tell_call(attempt=attempt, details=details, actor=actor, now=monday(told or at), values=values).attempt


def promise(due_on: dt.date = MONDAY) -> dict[str, Any]:
    return {"promise": {"amount": YUAN, "due_on": due_on, "channel": ""}}


def board(reader: User, now: str = "11:00") -> list[PersonRow]:
    people = people_for(reader, "people.view")
    return board_rows(people, teams={"team-a": "一组"}, day=MONDAY, now=monday(now))


def row(reader: User, person: User, now: str = "11:00") -> PersonRow:
    return next(one for one in board(reader, now) if one.person == person)


def colleague(unit: str = "team-a", name: str = "乔同事") -> User:
    user = create_user(
        username=f"{name}.{unit}", display_name=name, password="x" * 20, roles=[Role.COLLECTOR], actor=None, unit=unit
    )
    qualify(user)
    place(user)
    return user


def a_morning(collector: User) -> None:
    """09:10 nobody answers, 09:30 a promise for today, 09:50 an aunt, 10:00 not dialled, 10:05 a wrong number, 10:20 a wish
    to complain, 10:30 open."""
    call(case_of(collector), collector, "09:10", "NO_ANSWER")
    call(case_of(collector), collector, "09:30", "PTP", values=promise(), told="09:35")
    call(case_of(collector), collector, "09:50", "HANG_UP")
    cancelled = ring(case_of(collector), collector, "10:00")
    assert cancelled is not None
    cancel_attempt(attempt=cancelled, actor=collector, now=monday("10:01"))
    wrong = call(case_of(collector), collector, "10:05", "TALKED")
    mark_misdirected(attempt=wrong, actor=collector, now=monday("10:06"))
    call(case_of(collector), collector, "10:20", "TALKED", complaint_wish=True)
    ring(case_of(collector), collector, "10:30")


def test_the_summary_of_the_day_says_what_the_board_says(collector: User, team_leader: User) -> None:
    place(collector, soft_count=5, hard_count=8)
    a_morning(collector)
    of_board = row(team_leader, collector)
    [of_day] = day_rows(
        people_for(team_leader, "people.view"), teams={"team-a": "一组"}, day=MONDAY, now=monday("11:00")
    )
    for name in (
        "attempts", "connected", "effective", "incoming", "waiting", "promised", "promised_amount", "due", "due_amount",
        "kept", "kept_amount", "refused", "rules", "wishes", "told_late", "money_today", "team",
    ):  # fmt: skip
        assert getattr(of_day, name) == getattr(of_board, name), name
    assert (of_board.cases, of_day.cases, of_day.gaps) == (6 + 1, 0, [])


def test_a_morning_is_counted_as_an_accountant_would(collector: User, team_leader: User) -> None:
    place(collector, soft_count=5, hard_count=8)
    a_morning(collector)
    found = row(team_leader, collector)
    assert (found.attempts, found.connected, found.effective, found.waiting) == (6, 3, 2, 1)
    assert (found.connect_rate, found.effective_rate) == (Decimal("50.0"), Decimal("66.7"))
    assert (found.promised, found.promised_amount, found.due, found.due_amount) == (1, YUAN, 1, YUAN)
    assert (found.wishes, found.refused, found.not_told, found.kept) == (1, 0, 0, 0)
    assert (found.cases, found.amount, found.soft_count, found.hard_count) == (7, Decimal("8641.92"), 5, 8)
    assert found.stages == [(2, 7)]
    assert found.expected == 7 * rates_on(MONDAY).expected(2, Decimal("1234.56"))
    assert (found.idle, found.is_idle, found.presence.there) == (30, False, "on")
    assert found.team == "一组"


def test_a_promise_that_is_taken_back_was_not_made_and_one_that_is_paid_is_kept(
    collector: User, team_leader: User, supervisor: User
) -> None:
    place(collector)
    kept, back = case_of(collector), case_of(collector)
    for case in (kept, back):
        Custody.objects.filter(case=case).update(started_at=monday("09:00", day=1))
        call(case, collector, "09:30", "PTP", values=promise())
    cancel_promise(promise=back.promises.get(), reason="记错了", actor=supervisor, now=monday("09:40"))
    kept.promises.update(state="kept", paid=YUAN, settled_on=MONDAY)
    for day, amount in ((1, "70.00"), (2, "500.00")):
        Repayment.objects.create(
            source=kept.loan.source, contract_no=kept.loan.contract_no, loan=kept.loan, paid_on=dt.date(2026, 3, day),
            amount=Decimal(amount), status="confirmed",
        )  # fmt: skip
    Repayment.objects.create(
        source=kept.loan.source, contract_no=kept.loan.contract_no, loan=kept.loan, paid_on=MONDAY,
        amount=Decimal("9.00"), status="claimed",
    )  # fmt: skip
    Case.objects.filter(pk=kept.pk).update(opened_on=dt.date(2026, 3, 1))
    found = row(team_leader, collector)
    assert (found.promised, found.promised_amount, found.kept, found.kept_amount, found.due) == (1, YUAN, 1, YUAN, 0)
    assert (found.money_today, found.money_month) == (YUAN, Decimal("570.00"))


def test_refusals_stand_with_their_rule(collector: User, team_leader: User) -> None:
    place(collector)
    first, second = case_of(collector), case_of(collector)
    for case in (first, second):
        assert ring(case, collector, "07:30") is None
    found = row(team_leader, collector, "09:00")
    assert (found.refused, found.attempts) == (2, 0)
    [(rule, statement, number)] = found.rules
    assert (rule, number) == ("CN-T-01", 2)
    assert set(statement) == {"zh", "en"}


def test_notes_and_call_backs_that_are_overdue(collector: User, team_leader: User) -> None:
    place(collector)
    ring(case_of(collector), collector, "09:00")
    call(case_of(collector), collector, "09:05", "NO_ANSWER", told="11:15")
    call(case_of(collector), collector, "09:30", "CALLBACK", callback_at=monday("10:30"))
    soon = row(team_leader, collector, "10:29")
    assert (soon.not_told, soon.told_late, soon.callbacks) == (0, 1, 0)
    late = row(team_leader, collector, "11:30")
    assert (late.not_told, late.told_late, late.callbacks) == (1, 1, 1)


def test_the_boards_call_backs_are_those_of_the_queue(collector: User, team_leader: User) -> None:
    """The two ways of asking agree: called again, called by the debtor, cancelled, another case of the same person."""
    place(collector)
    for follow in ("nothing", "called", "incoming", "cancelled", "sibling"):
        case = case_of(collector)
        call(case, collector, "09:00", "CALLBACK", callback_at=monday("10:00"))
        if follow == "called":
            call(case, collector, "09:40", "NO_ANSWER")
        if follow == "incoming":
            record_past(
                case=case, point=None, channel="call", result="right_party", direction="in", actor=collector,
                started_at=monday("09:30"), now=monday("09:40"),
                details=CallDetails(result_code=None, callback_at=monday("10:15")),
            )  # fmt: skip
        if follow == "cancelled":
            attempt = ring(case, collector, "09:40")
            assert attempt is not None
            cancel_attempt(attempt=attempt, actor=collector, now=monday("09:41"))
        if follow == "sibling":
            make_case(desk=desk_of(collector), debtor=case.loan.debtor)
    for now in ("09:59", "10:00", "10:15", "11:00"):
        due = callbacks_due(cases=Case.objects.present().filter(desk__owner=collector), until=monday(now))
        assert row(team_leader, collector, now).callbacks == due.count()
    assert row(team_leader, collector, "11:00").callbacks == 5


def test_money_of_today_is_fresh_and_that_of_the_month_adds_up(collector: User, team_leader: User) -> None:
    place(collector)
    case = case_of(collector)
    Case.objects.filter(pk=case.pk).update(opened_on=dt.date(2026, 2, 1))
    Custody.objects.filter(case=case).update(started_at=monday("09:00", day=1))

    def pay(day: int, amount: str) -> None:
        Repayment.objects.create(
            source=case.loan.source, contract_no=case.loan.contract_no, loan=case.loan, paid_on=dt.date(2026, 3, day),
            amount=Decimal(amount), status="confirmed",
        )  # fmt: skip

    pay(1, "1.10")
    assert (row(team_leader, collector).money_today, row(team_leader, collector).money_month) == (0, Decimal("1.10"))
    pay(2, "0.05")
    found = row(team_leader, collector)
    assert (found.money_today, found.money_month) == (Decimal("0.05"), Decimal("1.15"))


def test_a_note_of_yesterday_is_still_overdue_and_yesterdays_calls_are_not_todays(
    collector: User, team_leader: User
) -> None:
    place(collector)
    case = case_of(collector)
    ring(case, collector, "09:00")
    people = people_for(team_leader, "people.view")
    [found] = board_rows(people, teams={}, day=dt.date(2026, 3, 3), now=monday("09:30", day=3))
    assert (found.not_told, found.attempts, found.waiting) == (1, 0, 0)


def test_idle_warns_from_the_limit_on_and_names_the_longest_gap(collector: User, team_leader: User) -> None:
    place(collector)
    call(case_of(collector), collector, "10:00", "NO_ANSWER")
    assert (row(team_leader, collector, "10:44").idle, row(team_leader, collector, "10:44").is_idle) == (44, False)
    found = row(team_leader, collector, "10:45")
    assert (found.idle, found.is_idle) == (45, True)
    assert [gap.minutes for gap in found.gaps] == [60, 45]


def test_who_is_on_leave_is_not_idle(collector: User, team_leader: User) -> None:
    place(collector)
    Leave.objects.create(
        user=collector, kind="sick", first_day=MONDAY, last_day=MONDAY, state="approved", asked_at=monday("08:00")
    )
    found = row(team_leader, collector)
    assert (found.presence.there, found.idle, found.is_idle) == ("leave", None, False)


def test_the_sums_are_sums_and_the_rates_are_of_the_sums(collector: User, team_leader: User) -> None:
    place(collector)
    other = colleague()
    a_morning(collector)
    call(case_of(other, total="0.44"), other, "09:10", "NO_ANSWER")
    call(case_of(other, days=70), other, "09:20", "TALKED")
    rows = board(team_leader)
    total = total_of(rows)
    assert [one.attempts for one in rows] == [2, 6] or [one.attempts for one in rows] == [6, 2]
    assert (total.attempts, total.connected, total.effective, total.cases) == (8, 4, 3, 9)
    assert (total.connect_rate, total.effective_rate) == (Decimal("50.0"), Decimal("75.0"))
    assert total.amount == sum(one.amount for one in rows)


def test_sorting_is_stable_and_who_has_no_figure_comes_last(collector: User, team_leader: User) -> None:
    place(collector)
    others = [colleague(name=name) for name in ("丙", "乙", "甲")]
    Leave.objects.create(
        user=others[0], kind="sick", first_day=MONDAY, last_day=MONDAY, state="approved", asked_at=monday("08:00")
    )
    call(case_of(collector), collector, "10:00", "NO_ANSWER")
    rows = board(team_leader)
    by_attempts = [str(one.person) for one in ordered(rows, "-attempts")]
    assert by_attempts[0] == "林催收"
    assert by_attempts[1:] == sorted(by_attempts[1:])
    assert ordered(list(reversed(rows)), "-attempts") == ordered(rows, "-attempts")
    for sort in ("idle", "-idle"):
        assert str(ordered(rows, sort)[-1].person) == "丙"


@pytest.fixture
def page(client_as: Callable[[User], Client], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    monkeypatch.setattr(clock, "now", lambda: monday("11:00"))

    def open_board(reader: User, **asked: Any) -> Any:
        return client_as(reader).get(reverse("people:team_board"), asked)

    return open_board


def shown(answer: Any) -> list[str]:
    assert answer.status_code == 200
    return [str(one.person) for one in answer.context["page"].object_list]


def test_everybody_sees_whom_they_answer_for(
    page: Callable[..., Any], collector: User, team_leader: User, supervisor: User, auditor: User, clerk: User
) -> None:
    place(collector)
    place(colleague("team-b", "远同事"), make_team("team-b", "二组"))
    assert shown(page(team_leader)) == ["林催收"]
    assert shown(page(collector)) == ["林催收"]
    assert shown(page(supervisor)) == shown(page(auditor)) == ["林催收", "远同事"]
    assert page(clerk).status_code == 403
    assert shown(page(supervisor, team="team-b")) == ["远同事"]
    assert shown(page(supervisor, q="林")) == ["林催收"]
    assert shown(page(team_leader, team="team-b")) == []
    assert "没有符合条件的人员" in page(team_leader, team="team-b").content.decode()
    assert shown(page(supervisor, sort="-nonsense", page="nine")) == ["林催收", "远同事"]
    assert shown(page(supervisor, team="\x00", q="\x00")) == ["林催收", "远同事"]
    assert shown(page(supervisor, q="<script>")) == []


def test_the_leader_of_another_team_and_one_without_a_team_see_nobody(
    page: Callable[..., Any], collector: User, team_leader: User
) -> None:
    place(collector)
    for unit in ("team-b", ""):
        User.objects.filter(pk=team_leader.pk).update(unit=unit)
        answer = page(team_leader)
        assert shown(answer) == []
        assert "小组里还没有催收员" in answer.content.decode()


def test_the_refresh_brings_the_table_alone(
    client_as: Callable[[User], Client], collector: User, team_leader: User
) -> None:
    place(collector)
    answer = client_as(team_leader).get(reverse("people:team_board"), headers={"HX-Request": "true"})
    assert answer.content.decode().strip().startswith("<table")


def test_a_persons_day_is_told_in_order_with_results_refusals_and_gaps(
    client_as: Callable[[User], Client], collector: User, team_leader: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    place(collector)
    assert ring(case_of(collector), collector, "07:30") is None
    a_morning(collector)
    gone = case_of(collector)
    call(gone, collector, "10:40", "NO_ANSWER")
    Case.objects.filter(pk=gone.pk).update(desk=desk_of(colleague("team-b", "远同事")))
    monkeypatch.setattr(clock, "now", lambda: monday("12:31"))
    url = reverse("people:day", args=[collector.pk])
    answer = client_as(team_leader).get(url)
    lines = answer.context["lines"]
    assert [line.at for line in lines] == sorted(line.at for line in lines)
    counts = {key: number for key, _label, number in answer.context["choices"]}
    assert (counts["attempts"], counts["connected"], counts["effective"]) == (7, 3, 2)
    assert (counts["refused"], counts["promised"], counts["wishes"], counts["late"], counts["gaps"]) == (1, 1, 1, 1, 1)
    text = answer.content.decode()
    assert "CN-T-01" in text
    assert "已转出的案件" in text
    assert "80 分钟没有动作" in text
    only = client_as(team_leader).get(url, {"show": "effective"})
    assert len(only.context["lines"]) == 2
    assert client_as(team_leader).get(url, {"day": "2026-03-01"}).context["lines"] == []
    for odd in ("tomorrow", "2026-03-09", "0001-01-01"):
        assert client_as(team_leader).get(url, {"day": odd, "show": "odd"}).context["chosen"] == MONDAY


def test_a_day_of_another_team_is_not_there(
    client_as: Callable[[User], Client], collector: User, team_leader: User, auditor: User
) -> None:
    other = colleague("team-b", "远同事")
    url = reverse("people:day", args=[other.pk])
    assert client_as(team_leader).get(url).status_code == 404
    assert client_as(collector).get(url).status_code == 404
    assert client_as(auditor).get(url).status_code == 200
    assert client_as(collector).get(reverse("people:day", args=[collector.pk])).status_code == 200
    assert client_as(auditor).get(reverse("people:day", args=[auditor.pk])).status_code == 404


def test_an_incoming_call_is_no_attempt(collector: User, team_leader: User) -> None:
    place(collector)
    case = case_of(collector)
    record_past(
        case=case, point=None, channel="call", result="right_party", direction="in", actor=collector,
        started_at=monday("10:00"), now=monday("10:10"),
    )  # fmt: skip
    found = row(team_leader, collector)
    assert (found.attempts, found.effective, found.incoming) == (0, 0, 1)


def test_the_day_is_a_tab_of_the_persons_page(
    client_as: Callable[[User], Client], collector: User, team_leader: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    place(collector)
    a_morning(collector)
    monkeypatch.setattr(clock, "now", lambda: monday("11:00"))
    for reader in (team_leader, collector):
        answer = client_as(reader).get(reverse("people:person", args=[collector.pk]), {"tab": "today"})
        assert (answer.status_code, answer.context["tab"]) == (200, "today")
        assert f"/people/{collector.pk}/day/?day=2026-03-02&amp;show=effective" in answer.content.decode()
