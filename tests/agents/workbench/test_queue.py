"""The order of a desk: which case is first, and in which words the page says why."""

import datetime as dt
from decimal import Decimal

import pytest

from agents.workbench.queue.gather import rank
from agents.workbench.queue.score import ordered, scored
from agents.workbench.queue.serve import queue_of
from agents.workbench.queue.weights import LINES, Group, Weights, WeightWrong
from cases.models import Case, HoldType
from cases.services.holds import place_hold
from collection_ops.core.models import User
from compliance.services.log import record_past
from tests.cases.builders import desk_of, make_case
from tests.compliance.conftest import add_phone, monday

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 3, 2)
NOW = monday("10:00")


def case_of(person: User, *, days: int = 45, total: str = "1234.56", phone: str = "", as_of: dt.date = TODAY) -> Case:
    case = make_case(desk=desk_of(person), days=days, total=total, as_of=as_of)
    if phone != "none":
        add_phone(case, phone or f"139{case.pk:08d}")
    return case


def called(case: Case, *, days_ago: int, by: User, clock: str = "09:00") -> None:
    moment = monday(clock) - dt.timedelta(days=days_ago)
    record_past(case=case, point=None, channel="call", result="no_answer", started_at=moment, actor=by, now=NOW)


def queue(person: User, weights: Weights | None = None, **asked):
    cases = Case.objects.for_user(person, "contacts.make").present()
    return rank(cases, weights or Weights(), user=person, now=NOW, **asked)


def test_a_case_about_to_roll_comes_before_one_never_called_and_that_before_the_rest(collector: User) -> None:
    rest = case_of(collector)
    called(rest, days_ago=5, by=collector)
    first = case_of(collector)
    rolling = case_of(collector, days=59)
    called(rolling, days_ago=5, by=collector)
    found = queue(collector)
    assert [(row.case_id, row.group) for row in found.rows] == [
        (rolling.pk, Group.ROLLING), (first.pk, Group.FIRST), (rest.pk, Group.REST)
    ]  # fmt: skip
    assert found.counts == {Group.ROLLING: 1, Group.FIRST: 1, Group.REST: 1}


@pytest.mark.parametrize(
    ("days", "age_of_file", "rolls_in", "group"),
    [
        (57, 0, 4, Group.REST),
        (58, 0, 3, Group.ROLLING),
        (60, 0, 1, Group.ROLLING),
        (61, 0, 30, Group.REST),
        (57, 1, 3, Group.ROLLING),
        (58, 4, -1, Group.REST),  # by the calendar it has rolled already: nothing stops it any more
        (180, 0, 1, Group.ROLLING),
        (181, 0, None, Group.REST),  # M7+ is the last
    ],
)
def test_a_case_rolls_when_its_days_go_beyond_the_stage_counted_on_from_the_file(
    collector: User, days, age_of_file, rolls_in, group
) -> None:
    case = case_of(collector, days=days, as_of=TODAY - dt.timedelta(days=age_of_file))
    called(case, days_ago=5, by=collector)
    [row] = queue(collector).rows
    assert (row.rolls_in, row.group) == (rolls_in, group)


def test_the_points_of_the_database_are_those_that_are_named(collector: User, supervisor: User) -> None:
    """The sum that orders and the parts that are shown come from the same table; every kind of case has both."""
    for days in (1, 28, 60, 90, 121, 151, 400):
        for n, total in enumerate(("0.01", "999.99", "1000.00", "5000", "20000.00", "50000.01")):
            case = case_of(collector, days=days, total=total, phone="none" if n == 2 else "")
            if n:
                called(case, days_ago=(0, 0, 1, 3, 8, 30)[n], by=collector)
            if n == 5:
                place_hold(
                    debtor=case.loan.debtor, type=HoldType.ILLNESS, reason="住院", proof="病历", actor=supervisor, now=NOW
                )  # fmt: skip
    odd = Weights.of({line.name: min(line.least + 7 * n, line.most) for n, line in enumerate(LINES)})
    for weights in (Weights(), odd):
        rows = queue(collector, weights).rows
        assert len(rows) == 42
        for row in rows:
            line = scored(row, weights, today=TODAY)
            assert line.points == row.points
            assert sum(part.points for part in line.parts) == row.points


def test_the_why_is_told_in_words(collector: User) -> None:
    case = case_of(collector, days=59, total="8000.00")
    called(case, days_ago=4, by=collector)
    [line] = ordered(queue(collector).rows, Weights(), today=TODAY)
    assert line.reason == "2 天后滚入 M3，还清 8,000.00 元可止住"
    assert ("4 天未联系", 8) in [(part.text, part.points) for part in line.parts]
    assert {part.signed for part in line.parts} == {"+550", "+30", "+16", "+8"}


def test_who_was_called_today_goes_to_the_end_and_is_counted_as_done(collector: User) -> None:
    called_today, waiting = case_of(collector, days=60), case_of(collector)
    called(called_today, days_ago=0, by=collector)
    called(waiting, days_ago=2, by=collector)
    found = queue_of(Case.objects.for_user(collector).present(), Weights(), user=collector, now=NOW)
    assert [line.row.case_id for line in found.lines] == [waiting.pk, called_today.pk]
    assert (found.done, found.left) == (1, 0)


def test_a_person_on_hold_or_without_a_number_is_last(collector: User, supervisor: User) -> None:
    held, numberless, plain = case_of(collector, days=60), case_of(collector, days=60, phone="none"), case_of(collector)
    called(plain, days_ago=1, by=collector)
    place_hold(debtor=held.loan.debtor, type=HoldType.ILLNESS, reason="住院", proof="病历", actor=supervisor, now=NOW)
    rows = queue(collector).rows
    assert [row.case_id for row in rows] == [plain.pk, numberless.pk, held.pk]
    words = [part.text for part in scored(rows[2], Weights(), today=TODAY).parts]
    assert "停催中" in words


def test_the_person_is_called_not_the_case(collector: User) -> None:
    """Two debts of one person: a call about one is a call about both."""
    one = case_of(collector)
    other = make_case(desk=desk_of(collector), debtor=one.loan.debtor, as_of=TODAY)
    called(one, days_ago=0, by=collector)
    assert {row.case_id: row.quiet_days for row in queue(collector).rows} == {one.pk: 0, other.pk: 0}


def test_the_hour_at_which_somebody_picks_up_moves_them_up(collector: User) -> None:
    plain, morning = case_of(collector, total="2000"), case_of(collector, total="1000")
    for case, clock in ((plain, "17:00"), (morning, "10:30")):
        for days in range(3, 30):
            record_past(
                case=case, point=None, channel="call", result="right_party", actor=collector, now=NOW,
                started_at=monday(clock) - dt.timedelta(days=days),
            )  # fmt: skip
    cases = Case.objects.for_user(collector).present()
    lines = queue_of(cases, Weights(), user=collector, now=monday("10:20")).lines
    assert [line.row.case_id for line in lines] == [morning.pk, plain.pk]
    assert any("10:00–11:00 最易接通（本人 27 次接通 27 次）" in part.text for part in lines[0].parts)
    lines = queue_of(cases, Weights(), user=collector, now=monday("17:20")).lines
    assert [line.row.case_id for line in lines] == [plain.pk, morning.pk]


def test_weights_are_numbers_within_bounds_and_missing_ones_have_their_default() -> None:
    assert Weights.of({"hour": "55", "unknown": 3})["hour"] == 55
    assert Weights.of({})["group_rest"] == Weights()["group_rest"]
    for wrong in ("x", "", None, "1.5", "99999"):
        with pytest.raises(WeightWrong):
            Weights.of({"hour": wrong})


def test_closed_and_absent_cases_and_other_desks_are_in_no_queue(collector: User, supervisor: User) -> None:
    mine = case_of(collector)
    absent, closed = case_of(collector), case_of(collector)
    Case.objects.filter(pk=absent.pk).update(absent_since=TODAY)
    Case.objects.filter(pk=closed.pk).update(closed_on=TODAY, close_reason="paid")
    case_of(supervisor)
    assert [row.case_id for row in queue(collector).rows] == [mine.pk]
    assert queue(collector).rows[0].total == Decimal("1234.56")
