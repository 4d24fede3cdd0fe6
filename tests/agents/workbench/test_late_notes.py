"""The two-hour rule: in time at the second hour, late a minute after it; told to the leader once, and counted for good."""

import datetime as dt

import pytest
from django.urls import reverse

from agents.workbench.late_notes import leaders_of, tell_leaders
from collection_ops.core import clock
from collection_ops.core.models import Notification, User
from compliance.gate import open_attempt
from compliance.models import ContactAttempt
from compliance.selectors_calls import late_notes, overdue_notes
from compliance.services.log import close_attempt, record_past
from compliance.services.recordings import note_line
from tests.compliance.conftest import Person, monday, person

__all__ = ["person"]

pytestmark = pytest.mark.django_db
MONDAY = dt.date(2026, 3, 2)


def ring(person: Person, actor: User, moment: str = "10:00") -> ContactAttempt:
    attempt = open_attempt(case=person.card, point=person.mobile, actor=actor, now=monday(moment)).attempt
    assert attempt is not None
    return attempt


def counted(now: str) -> list[tuple[int, int]]:
    found = late_notes(first=MONDAY, last=MONDAY, now=monday(now))
    return [(line.told_late, line.not_told) for line in found]


@pytest.mark.parametrize(("told", "late"), [("11:59", 0), ("12:00", 0), ("12:01", 1), ("14:30", 150)])
def test_a_note_is_late_from_the_first_minute_after_two_hours(
    person: Person, collector: User, told: str, late: int
) -> None:
    closed = close_attempt(attempt=ring(person, collector), result="no_answer", actor=collector, now=monday(told))
    assert closed.late_minutes == late
    assert counted("18:00") == ([(1, 0)] if late else [])


def test_the_two_hours_begin_with_the_end_of_the_call_where_it_is_known(person: Person, collector: User) -> None:
    attempt = ring(person, collector)
    note_line(attempt=attempt, connected_at=monday("10:00"), ended_at=monday("10:30"))
    assert not overdue_notes(now=monday("12:30")).exists()
    assert overdue_notes(now=monday("12:31")).get() == attempt
    closed = close_attempt(attempt=attempt, result="right_party", actor=collector, now=monday("12:29"))
    assert (closed.late_minutes, closed.ended_at) == (0, monday("10:30"))


def test_what_is_not_told_counts_by_the_clock_and_what_was_told_late_for_good(person: Person, collector: User) -> None:
    attempt = ring(person, collector)
    assert counted("12:00") == []
    assert counted("12:01") == [(0, 1)]
    close_attempt(attempt=attempt, result="busy", actor=collector, now=monday("13:00"))
    assert counted("13:00") == counted("23:00") == [(1, 0)]
    assert (
        late_notes(first=MONDAY + dt.timedelta(days=1), last=MONDAY + dt.timedelta(days=9), now=monday("13:00")) == []
    )
    assert late_notes(first=MONDAY, last=MONDAY, now=monday("13:00"), actors=[]) == []


def test_an_agencys_feed_is_never_late_and_ones_own_paper_is(person: Person, collector: User) -> None:
    past = {
        "case": person.card,
        "point": person.mobile,
        "channel": "call",
        "result": "no_answer",
        "started_at": monday("09:00"),
    }
    fed = record_past(**past, org="agency-a", actor=None, now=monday("18:00"))
    own = record_past(**past, actor=collector, now=monday("18:00"))
    assert (fed.late_minutes, own.late_minutes) == (None, 7 * 60)


def test_the_team_leader_is_told_once(person: Person, collector: User, team_leader: User, supervisor: User) -> None:
    ring(person, collector)
    assert tell_leaders(now=monday("12:00")) == 0
    assert tell_leaders(now=monday("12:05")) == 1
    assert tell_leaders(now=monday("12:10")) == 0
    note = Notification.objects.get()
    assert (note.user, note.kind, note.url) == (team_leader, "contact.notes_late", reverse("workbench:waiting"))
    assert note.params == {"who": "林催收", "count": 1}


def test_without_a_team_leader_the_supervisors_are_told_and_nobody_of_themselves(
    collector: User, supervisor: User
) -> None:
    assert leaders_of(collector) == [supervisor]
    assert leaders_of(supervisor) == []


def test_the_strip_counts_the_minutes_down(person: Person, collector: User, client_as, monkeypatch) -> None:
    ring(person, collector)
    browser = client_as(collector)

    def strip(moment: str) -> str:
        monkeypatch.setattr(clock, "now", lambda: monday(moment))
        return browser.get(reverse("workbench:contact", args=[person.loan.pk])).content.decode()

    assert "剩 80 分钟" in strip("10:40")
    assert "剩 0 分钟" in strip("12:00")
    assert "已超时" in strip("12:01")
