"""A file of contacts says until when the agency has told what it did: the gate's counts are as certain as that."""

import datetime as dt

import pytest

from compliance.gate import open_attempt
from compliance.models import AgencyFeed, ContactAttempt
from tests.vendors.returns.house import MARCH_2, House, applied, noon, sent
from vendors.returns import files, writing

pytestmark = pytest.mark.django_db
CALL = ("HT-1", "T-1", "2026-03-02 09:30", "电话", "无人接听", "", "")


def warned(house: House, at: str) -> bool:
    now = dt.datetime.fromisoformat(f"2026-03-{at}+08:00")
    answer = open_attempt(case=house.kept, point=None, actor=None, channel="call", now=now)
    return "CN-F-02A" in {reason.rule for reason in answer.verdict.reasons}


def test_without_a_file_the_counts_are_uncertain_and_with_one_they_are_not(house: House, vendor_manager):
    assert warned(house, "02T12:30")
    file = sent(house.jia, "contacts", CALL, actor=vendor_manager, now=noon())
    assert warned(house, "02T12:30"), "a preview tells nothing yet"
    applied(file, actor=vendor_manager, now=noon(hour=13))
    assert AgencyFeed.objects.get(org="jia").received_at == noon(), "it tells of what was before it was sent"
    assert (warned(house, "02T12:59"), warned(house, "02T13:01")) == (False, True)


def test_a_day_that_is_missing_in_between_keeps_the_counts_uncertain_until_it_is_there(house: House, vendor_manager):
    def send(day: int, when: dt.datetime | None = None) -> dt.datetime | None:
        """Of a day of March, sent on the next morning if not said otherwise; since when there is a gap before it."""
        line = ("HT-1", f"T-{day}", f"2026-03-{day:02d} 09:00", "电话", "无人接听", "", "")
        when = when or noon(dt.date(2026, 3, day + 1), 8)
        file = sent(house.jia, "contacts", line, actor=vendor_manager, day=dt.date(2026, 3, day), now=when)
        gap = files.gap_before(file)
        applied(file, actor=vendor_manager, now=when)
        return gap

    def heard() -> dt.datetime:
        return AgencyFeed.objects.get(org="jia").received_at

    assert send(2) is None and heard() == noon(dt.date(2026, 3, 3), 0)
    assert send(4) == noon(dt.date(2026, 3, 3), 0) and heard() == noon(dt.date(2026, 3, 3), 0)
    fifth = noon(dt.date(2026, 3, 5))
    assert send(5, fifth) is not None
    assert warned(house, "05T12:30"), "of the third nothing is known"
    assert send(3, fifth) is None
    assert heard() == fifth, "the two that waited count with it"
    assert not warned(house, "05T12:30")


def test_yesterdays_file_says_nothing_of_today(house: House, vendor_manager):
    yesterday = MARCH_2 - dt.timedelta(days=1)
    late = ("HT-1", "T-1", "2026-03-01 09:30", "电话", "无人接听", "", "")
    applied(sent(house.jia, "contacts", late, actor=vendor_manager, now=noon(), day=yesterday), actor=vendor_manager)
    assert AgencyFeed.objects.get(org="jia").received_at == noon(MARCH_2, 0)
    assert warned(house, "02T12:30")
    # The twin: the same file, said to be of today.
    applied(sent(house.jia, "contacts", CALL, actor=vendor_manager, now=noon()), actor=vendor_manager)
    assert not warned(house, "02T12:30")


def test_a_file_of_earlier_days_takes_nothing_back_of_what_was_heard(house: House, vendor_manager):
    applied(sent(house.jia, "contacts", CALL, actor=vendor_manager), actor=vendor_manager)
    late = ("HT-1", "T-0", "2026-02-25 09:30", "电话", "无人接听", "", "")
    day = dt.date(2026, 2, 25)
    applied(sent(house.jia, "contacts", late, actor=vendor_manager, day=day), actor=vendor_manager)
    assert AgencyFeed.objects.get(org="jia").received_at == noon()


def test_a_file_in_which_all_is_known_says_so_too(house: House, vendor_manager):
    """The program told of the day, and the file of it comes afterwards."""
    applied(sent(house.jia, "contacts", CALL, actor=vendor_manager, now=noon(hour=10)), actor=vendor_manager)
    # A blank line makes it another file.
    again = sent(house.jia, "contacts", CALL, ("",) * 7, actor=vendor_manager, now=noon(hour=12))
    assert again.counts["fine"] == 0
    applied(again, actor=vendor_manager, now=noon(hour=12))
    assert AgencyFeed.objects.get(org="jia").received_at == noon(hour=12)


def test_a_file_of_payments_is_no_feed(house: House, vendor_manager):
    paid = ("HT-1", "P-1", "2026-03-01", "200.00", "机构")
    applied(sent(house.jia, "payments", paid, actor=vendor_manager), actor=vendor_manager)
    assert not AgencyFeed.objects.exists()


def test_contacts_come_in_pieces_and_what_was_broken_off_goes_on_where_it_stood(
    house: House, vendor_manager, monkeypatch
):
    """Whoever is in a piece is held only as long as that takes; that the day is told is said with the last."""
    monkeypatch.setattr(files, "PIECE", 1)
    lines = [(number, f"T-{number}", *CALL[2:]) for number in ("HT-1", "HT-3")]
    file = sent(house.jia, "contacts", *lines, actor=vendor_manager, now=noon())
    pieces = iter([writing.write, broken_off])
    with monkeypatch.context() as first:
        first.setattr(writing, "write", lambda *given: next(pieces)(*given))
        with pytest.raises(RuntimeError):
            applied(file, actor=vendor_manager, now=noon(hour=13))
    file.refresh_from_db()
    assert (file.state, ContactAttempt.objects.count()) == ("applying", 1)
    assert sorted(file.rows.values_list("verdict", flat=True)) == ["done", "fine"]
    assert warned(house, "02T12:30"), "half a file is no answer"
    told: list[tuple[int, int]] = []
    files.apply_file(file=file, now=noon(hour=13), progress=lambda *given: told.append(given))
    assert told == [(0, 1), (1, 1)], "the page says how far it is"
    file.refresh_from_db()
    assert (file.state, file.counts["done"], ContactAttempt.objects.filter(org="jia").count()) == ("applied", 2, 2)
    assert not warned(house, "02T12:40")


def broken_off(*_given: object) -> None:
    raise RuntimeError("the worker is gone")
