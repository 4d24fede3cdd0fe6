"""周报 and 月报: every part is there, gap and scorecards by hand, cases chosen by the written rules."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from agents.models import Target, TargetSet
from cases.models import Case, Custody
from collection_ops.core.models import User
from compliance.models import ContactAttempt
from reports.regular.facts.learning import Done, Hard, Payer
from reports.regular.kinds import KINDS
from reports.regular.parts.learning import chosen_hard, chosen_successes, steps
from reports.regular.periods import Period
from tests.cases.builders import add_position, desk_of, make_case, make_source
from tests.reports.regular.cast import D1, D2, FEB, MARCH, at, known_on_their_days, pay, small_book

WEEK = (D1, dt.date(2026, 4, 5))
KNOWN = at(dt.date(2026, 4, 6), 9, 10)


def built(kind: str, first: dt.date, last: dt.date, known_by: dt.datetime = KNOWN) -> dict[str, Any]:
    paper = KINDS[kind].build(Period(first, last), known_by).to_json()
    return {section["key"]: section for section in paper["sections"]} | {"paper": paper}


def targets(user: User, amount: str, *, saved_at: dt.datetime, version: int = 1, month: dt.date = MARCH[0]) -> None:
    from agents.models import Team

    team = Team.objects.get_or_create(code="team-a", defaults={"name": "一组"})[0]
    kept = TargetSet.objects.create(month=month, version=version, kind="agreed", reason="核定", saved_at=saved_at)
    for level, more in (("company", {}), ("team", {"team": team}), ("person", {"team": team, "user": user})):
        Target.objects.create(set=kept, metric="money", level=level, amount=Decimal(amount), **more)


def attempt(case: Case, user: User, day: dt.date, result: str = "no_answer", hour: int = 10) -> ContactAttempt:
    moment = at(day, hour, 0)
    return ContactAttempt.objects.create(
        debtor=case.loan.debtor, case=case, channel="call", direction="out", actor=user, state="closed", opened_at=moment,
        started_at=moment, closed_at=moment, result=result,
    )  # fmt: skip


@pytest.mark.django_db
def test_a_week_has_all_its_parts_and_the_same_hash_again() -> None:
    small_book()
    found = built("weekly", *WEEK)
    keys = [section["key"] for section in found["paper"]["sections"]]
    assert keys == [
        "book", "money", "recovery", "why_recovery_rate", "why_roll_forward_rate", "gap", "movement", "patterns",
        "successes", "hard",
    ]  # fmt: skip
    assert KINDS["weekly"].build(Period(*WEEK), KNOWN).to_json() == found["paper"]
    # 400 and 50 in the week; of April nothing.
    money = {one["key"]: one.get("value") for one in found["money"]["figures"]}
    assert (money["amount"], money["month"]) == ("450.00", "0.00")
    assert found["patterns"]["lead"][0]["msgid"] == "期初借款太少，看不出规律。"


@pytest.mark.django_db
def test_the_gap_is_told_by_team_with_what_is_needed_on_each_day_left(collector: User) -> None:
    small_book(desk_of(collector))
    targets(collector, "2600.00", saved_at=at(dt.date(2026, 3, 1)))
    found = built("weekly", dt.date(2026, 3, 23), dt.date(2026, 3, 29))
    rows = found["gap"]["tables"][0]["rows"]
    # 600 by the 29th; two business days left (30 and 31 March).
    assert rows == [["一组", "2600.00", "600.00", "0.230769", "2000.00", "1000.00"],
                    [None, "2600.00", "600.00", "0.230769", "2000.00", "1000.00"]]  # fmt: skip
    month = built("monthly", *MARCH)
    assert month["gap"]["tables"][0]["rows"][0] == ["一组", "2600.00", "1000.00", "0.384615", "1600.00", None]
    assert "剩余" not in month["gap"]["lead"][0]["msgid"]


@pytest.mark.django_db
def test_a_target_that_was_agreed_later_is_not_in_the_older_paper(collector: User) -> None:
    small_book(desk_of(collector))
    targets(collector, "2600.00", saved_at=at(dt.date(2026, 3, 1)))
    before = built("monthly", *MARCH)
    targets(collector, "9999.00", saved_at=at(dt.date(2026, 4, 7)), version=2)
    assert built("monthly", *MARCH)["paper"] == before["paper"]
    later = built("monthly", *MARCH, known_by=at(dt.date(2026, 4, 8)))
    assert later["gap"]["tables"][0]["rows"][0][1] == "9999.00"


@pytest.mark.django_db
def test_the_month_has_scorecards_complaints_and_the_quality_of_the_data(collector: User) -> None:
    cases = small_book(desk_of(collector))
    targets(collector, "2600.00", saved_at=at(dt.date(2026, 3, 1)))
    attempt(cases["rolls"], collector, dt.date(2026, 3, 12), "right_party")
    attempt(cases["rolls"], collector, dt.date(2026, 3, 13), "dead_number")
    found = built("monthly", *MARCH)
    keys = [section["key"] for section in found["paper"]["sections"]]
    assert keys == [
        "book", "money", "recovery", "why_recovery_rate", "why_roll_forward_rate", "gap", "movement", "patterns",
        "scorecards", "complaints", "quality", "successes", "hard",
    ]  # fmt: skip
    teams, people = found["scorecards"]["tables"]
    mine = [collector.display_name, "一组", "1000.00", "2600.00", "0.384615", 2, 1, 0, None, 0, None]
    assert people["rows"] == [mine] and people["about_people"]
    assert teams["rows"][0] == ["一组", *mine[2:]] and teams["rows"][-1][1:3] == ["1000.00", "2600.00"]
    quality = {one["key"]: one.get("value") for one in found["quality"]["figures"]}
    assert quality == {"absences": 1, "waiting_money": "0.00", "bad_numbers": 1, "dead": 1, "misdirected": 0}
    (source,) = found["quality"]["tables"][0]["rows"]
    assert source[1:4] == [22, 2, 0], "22 business days, two files, none after its day"


@pytest.mark.django_db
def test_a_note_that_was_written_later_is_not_in_the_older_paper(collector: User) -> None:
    cases = small_book(desk_of(collector))
    before = built("monthly", *MARCH)["paper"]
    late = attempt(cases["rolls"], collector, dt.date(2026, 3, 12), "right_party")
    ContactAttempt.objects.filter(pk=late.pk).update(closed_at=at(dt.date(2026, 4, 9)))
    # The complaint rate's customers count by the same moment.
    assert built("monthly", *MARCH)["paper"] == before
    assert built("monthly", *MARCH, known_by=at(dt.date(2026, 4, 10)))["paper"] != before


@pytest.mark.django_db
def test_hard_cases_are_those_that_were_tried_and_did_not_move(collector: User) -> None:
    make_source()
    cases = {name: make_case(days=40, total="8000.00", as_of=FEB) for name in ("hard", "paid", "left", "once")}
    cases["small"] = make_case(days=40, total="800.00", as_of=FEB)
    for name, case in cases.items():
        if name != "left":
            add_position(case, D2, days=72, total=case.total)
        for day in (10, 17, 24)[: 1 if name == "once" else 3]:
            attempt(case, collector, dt.date(2026, 3, day), "right_party" if day == 24 else "no_answer")
    known_on_their_days()
    Custody.objects.update(started_at=at(FEB))
    pay(cases["paid"], dt.date(2026, 3, 20), "600.00", reference="P")
    found = built("monthly", *MARCH)
    (story,) = found["hard"]["stories"]
    assert story["case"] == cases["hard"].pk
    assert story["why"]["msgid"].startswith("由 %(before)s 滚入 %(stage)s")
    assert [step["text"]["values"]["result"][1] for step in story["steps"]] == ["无人接听", "无人接听", "本人接听"]
    assert [one["case"] for one in found["successes"]["stories"]] == [cases["paid"].pk]


def payer(case: int, paid: str, total: str = "1000", **more: int) -> Payer:
    return Payer(
        **{"case": case, "paid": Decimal(paid), "total": Decimal(total), "stage": 1, "broken": 0, "kept": 0, "tried": 0,
           "reached": 0, **more}
    )  # type: ignore[arg-type]  # fmt: skip


def test_successes_are_chosen_by_three_rules_two_of_each_a_case_once() -> None:
    turned = [payer(n, "600", broken=1, kept=1) for n in (1, 2, 3)]
    unreached = [payer(4, "700", tried=3), payer(5, "900", tried=9, reached=1)]
    largest = [payer(6, "1000"), payer(7, "499", "499"), payer(8, "990")]
    chosen = chosen_successes([*largest, *unreached, *turned])
    assert [one.case for one, _why in chosen] == [1, 2, 4, 6, 8], "499 yuan are not worth telling; 5 was reached"
    assert chosen[0][1].msgid.startswith("此前有") and chosen[2][1].msgid.startswith("此前 30 天")
    assert [one.case for one, _why in chosen_successes(reversed([*largest, *unreached, *turned]))] == [1, 2, 4, 6, 8]
    assert chosen_successes([]) == []


def test_of_hard_cases_those_that_rolled_come_first_then_the_most_tried() -> None:
    cases = [
        Hard(n, Decimal(9000), 3, before, tries, 0)
        for n, before, tries in ((1, 3, 9), (2, 2, 3), (3, None, 4), (4, 2, 5))
    ]
    assert [one.case for one, _why in chosen_hard(cases)] == [4, 2, 1, 3]


def test_what_was_done_is_told_in_words_the_last_things_only() -> None:
    day = dt.date(2026, 3, 1)
    done = [Done(1, day, "contact", "call", "no_answer", None, None)] * 20
    done += [Done(1, day, "promised", "", "", Decimal(5), day), Done(1, day, "settled", "kept", "", Decimal(5), day),
             Done(1, day, "paid", "", "", Decimal(5), None), Done(1, day, "reversed", "", "", Decimal(5), None)]  # fmt: skip
    told = steps(done)
    assert len(told) == 14
    assert [one.text.msgid for one in told[-4:]] == [
        "承诺 %(due)s 前还 %(amount)s 元", "%(due)s 的承诺：%(state)s，计入 %(amount)s 元", "还款 %(amount)s 元",
        "冲正 %(amount)s 元",
    ]  # fmt: skip


@pytest.mark.django_db
def test_why_the_rate_moved_adds_up_to_the_change_group_by_group() -> None:
    cases = small_book()
    before = [make_case(days=20 + n, total="1000.00", as_of=dt.date(2026, 1, 30), product="分期") for n in (1, 50)]
    known_on_their_days()
    Custody.objects.update(started_at=at(dt.date(2026, 1, 30)))
    pay(before[0], dt.date(2026, 2, 10), "500.00", reference="feb")
    section = built("monthly", *MARCH)["why_recovery_rate"]
    figures = {one["key"]: one["value"] for one in section["figures"]}
    # February: 500 of 2,000. March: 1,000 of 6,000; the January file of the source is replaced by the February one.
    assert figures["change"] == "-0.083333"
    rows = section["tables"][0]["rows"]
    assert sum((Decimal(row[-1]) for row in rows), Decimal(0)) == Decimal(figures["change"])
    assert {(row[0], row[1]) for row in rows} == {("M1", "分期"), ("M3", "分期"), ("M1", "信用卡"), ("M3", "信用卡")}
    assert cases["pays"].loan.product == "信用卡"
    first = built("monthly", dt.date(2026, 2, 1), dt.date(2026, 2, 28))["why_recovery_rate"]
    assert first["lead"][0]["msgid"] == "上月没有可比的账簿。"
