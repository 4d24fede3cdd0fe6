"""The demo portfolio: people who cannot exist, the same story for the same seed, played through the real importer."""

from datetime import date, datetime, timedelta
from io import StringIO
from pathlib import Path
from random import Random

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from cases.demo.days import Portfolio
from cases.demo.loans import CARD, LOAN
from cases.demo.people import UNASSIGNED_MOBILE_PREFIX, UNISSUED_PROVINCES, People, id_check_digit
from cases.demo.play import write_files
from cases.imports.cleaning.clean import clean_id_no, clean_phone
from cases.models import (
    Absence,
    Attachment,
    Case,
    ContactPoint,
    Custody,
    Debtor,
    Disposition,
    Hold,
    ImportRun,
    Position,
    Promise,
    Repayment,
    RiskFlag,
    RunState,
    Source,
    Waiver,
)
from collection_ops.core.access import Role
from collection_ops.core.demo_accounts import DEMO_ACCOUNTS
from collection_ops.core.invariants import check_all
from collection_ops.core.models import User
from compliance.models import Breach, ContactAttempt, QueuedMessage, RuleChange

# GB/T 2260: the first two digits of every ID number that was ever issued.
PROVINCES = {
    *range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66), 71, 81, 82, 83, 91,
}  # fmt: skip
LAST_DAY = date(2026, 3, 31)


def business_days(count: int) -> list[date]:
    days = [LAST_DAY - timedelta(days=back) for back in range(60) if (LAST_DAY - timedelta(days=back)).weekday() < 5]
    return days[:count][::-1]


@pytest.fixture
def thousand_people() -> list:
    people = People(Random(7), born_before=LAST_DAY)
    return [people.new() for _ in range(1000)]


def test_id_numbers_are_well_formed_and_can_belong_to_nobody(thousand_people: list) -> None:
    assert not {int(province) for province in UNISSUED_PROVINCES} & PROVINCES
    for person in thousand_people:
        assert person.id_no[:2] in UNISSUED_PROVINCES
        assert person.id_no[17] == id_check_digit(person.id_no[:17])
        assert clean_id_no(person.id_no) == (person.id_no, ())
    assert len({person.id_no for person in thousand_people}) == 1000


def test_mobile_numbers_lie_in_a_range_that_was_never_opened(thousand_people: list) -> None:
    phones = [person.phone for person in thousand_people]
    assert all(phone.startswith(UNASSIGNED_MOBILE_PREFIX) and len(phone) == 11 for phone in phones)
    assert len(set(phones)) == 1000
    assert clean_phone(phones[0]).value


def test_names_are_as_varied_as_in_a_register(thousand_people: list) -> None:
    names = [person.name for person in thousand_people]
    assert any("·" in name for name in names)
    assert any(ord(character) > 0xFFFF for name in names for character in name)
    assert any(name.startswith(("欧阳", "司马", "诸葛", "上官", "慕容", "皇甫", "尉迟", "令狐")) for name in names)


def test_the_same_seed_gives_the_same_files_and_another_gives_others(tmp_path: Path) -> None:
    def contents(folder: str, seed: int) -> list[bytes]:
        written = write_files(folder=tmp_path / folder, cases=60, seed=seed, business_days=business_days(3))
        return [path.read_bytes() for path in sorted(written)]

    assert contents("a", 1) == contents("b", 1)
    assert contents("c", 1) != contents("d", 2)


def test_the_book_keeps_its_size_while_debts_come_and_go() -> None:
    portfolio = Portfolio(cases=300, seed=3, first_day=business_days(30)[0])
    left, paid = set(), 0
    for today in portfolio.days(business_days(30)):
        size = sum(len(today.file_rows(source)) for source in (CARD, LOAN))
        assert 285 <= size <= 315
        left |= {reason.value for reason in today.left.values()}
        paid += len(today.payments)
        for source in (CARD, LOAN):
            for loan in today.file_rows(source):
                assert loan.days_past_due(today.day) >= 1
                assert loan.total > 0
    assert left == {"paid", "cured", "recalled", "file_cut"}
    assert paid > 100


def the_story_goes_through_the_importer_and_leaves_work_for_the_clerk(played: str) -> None:
    states = list(ImportRun.objects.values_list("state", flat=True))
    assert states.count(RunState.APPLIED) == 12
    assert states.count(RunState.REFUSED) == 1
    waiting = ImportRun.objects.get(state=RunState.PREVIEW)
    assert waiting.as_of == LAST_DAY
    assert waiting.problem_counts["error_rows"] == 2
    assert str(waiting.pk) in played
    assert set(Source.objects.values_list("code", flat=True)) == {CARD, LOAN}

    newest = Position.objects.order_by("-as_of").first()
    assert newest is not None
    assert newest.as_of < LAST_DAY
    assert timezone.localdate(newest.recorded_at) == newest.as_of
    assert Case.objects.open().count() >= 70
    assert Absence.objects.exclude(reason="").exists()
    assert Absence.objects.filter(reason="").exists()
    assert Repayment.objects.filter(loan__isnull=False).exists()
    assert Debtor.objects.exclude(id_index="").count() < Case.objects.values("loan").distinct().count()
    assert set(Custody.objects.filter(ended_at__isnull=True).values_list("desk__kind", flat=True)) >= {
        "pool",
        "collector",
    }
    assert not Case.objects.open().exclude(custodies__ended_at__isnull=True).exists()


def the_played_book_keeps_every_rule_of_the_book(played: str) -> None:
    found = {line["code"]: line["count"] for line in check_all(now=timezone.now())}
    of_the_book = {code: number for code, number in found.items() if code.startswith(("I4", "I11", "I16", "I17"))}
    assert len(of_the_book) >= 6
    assert not any(of_the_book.values()), of_the_book


def nothing_is_dated_after_the_real_moment(played: str) -> None:
    now = timezone.now()
    assert not ImportRun.objects.filter(uploaded_at__gt=now).exists()
    assert not Custody.objects.filter(started_at__gt=now).exists()


def people_are_cared_for_as_well_as_called(played: str) -> None:
    assert set(Hold.objects.values_list("type", flat=True)) >= {"deceased", "dispute", "stop_contact", "vulnerable"}
    assert set(RiskFlag.objects.values_list("type", "state")) == {("hardship", "accepted"), ("lost", "open")}
    plan = Disposition.objects.get()
    assert plan.ended_at is None
    assert (plan.steps.exclude(done_at=None).count(), plan.steps.filter(done_at=None).count()) == (1, 1)
    assert Attachment.objects.get().kind == "pdf"
    assert ContactPoint.objects.filter(origin="debtor_call").exists()
    assert ContactPoint.objects.filter(status="refused").exclude(relation="").exists()


def every_role_has_an_account_that_can_sign_in(played: str) -> None:
    assert {account.role for account in DEMO_ACCOUNTS} == set(Role.values)
    for account in DEMO_ACCOUNTS:
        user = User.objects.get(username=account.username)
        assert user.roles == {Role(account.role)}
        assert user.check_password(account.password)


def it_refuses_a_second_time_and_a_book_that_is_not_empty(played: str) -> None:
    with pytest.raises(CommandError, match="cannot be played twice"):
        call_command("make_demo", cases=80, days=6, force=True)
    ImportRun.objects.update(source=Source.objects.create(code="real", name="真实来源"))
    with pytest.raises(CommandError, match="not empty"):
        call_command("make_demo", cases=80, days=6)


def test_a_small_demo_is_a_whole_story_and_is_played_once(db: None) -> None:
    out = StringIO()
    call_command("make_demo", cases=80, days=6, seed=5, as_of=LAST_DAY, stdout=out)
    for look in (
        the_story_goes_through_the_importer_and_leaves_work_for_the_clerk,
        the_played_book_keeps_every_rule_of_the_book,
        nothing_is_dated_after_the_real_moment,
        people_are_cared_for_as_well_as_called,
        every_role_has_an_account_that_can_sign_in,
        it_refuses_a_second_time_and_a_book_that_is_not_empty,
    ):
        look(out.getvalue())


def test_it_does_not_tell_of_days_to_come(db: None) -> None:
    with pytest.raises(CommandError, match="future"):
        call_command(
            "make_demo", as_of=timezone.localdate(datetime.now(tz=timezone.get_current_timezone())) + timedelta(1)
        )


def test_files_alone_need_no_book(db: None, tmp_path: Path) -> None:
    call_command("make_demo", cases=40, days=3, as_of=LAST_DAY, file_only=tmp_path, stdout=StringIO())
    names = {path.name for path in tmp_path.iterdir()}
    assert "信用卡逾期清单_20260331.xlsx" in names
    assert "逾期借据20260331.csv" in names
    assert any(name.startswith("练习_") for name in names)
    assert not ImportRun.objects.exists()


@pytest.mark.slow
@pytest.mark.django_db
def test_the_last_days_have_calls_promises_of_every_outcome_and_what_waits_for_somebody() -> None:
    call_command("make_demo", "--cases", "150", "--days", "12", "--as-of", LAST_DAY.isoformat(), stdout=StringIO())
    told = ContactAttempt.objects.filter(state="closed", gate__isnull=False)
    assert told.count() >= 40
    collectors = {account.username for account in DEMO_ACCOUNTS if account.role == Role.COLLECTOR}
    assert {attempt.actor.username for attempt in told.select_related("actor")} == collectors
    assert not told.filter(breaches__isnull=False).exists()
    assert Hold.objects.filter(type="illness").count() == 1
    assert Breach.objects.get().rule == "CN-T-01"
    assert set(QueuedMessage.objects.values_list("state", flat=True)) >= {"sent", "requeued"}
    assert sorted(RuleChange.objects.values_list("rule", "state")) == [("CN-F-03", "proposed"), ("CN-F-04", "active")]
    states = set(Promise.objects.values_list("state", flat=True))
    assert {"open", "kept", "broken"} <= states
    assert Promise.objects.filter(state="open", due_on=LAST_DAY).count() >= 4
    assert sorted(Waiver.objects.values_list("state", "needs_high")) == [
        ("approved", False),
        ("submitted", False),
        ("submitted", True),
    ]
    assert [found["code"] for found in check_all(now=timezone.now()) if found["count"]] == []
