"""A month is laid on the table once; what was decided is measured by the same figures when its day has come."""

import datetime as dt
import threading
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from cases.models import Case, Promise
from collection_ops.core.digests import digest_of
from collection_ops.core.models import AuditEvent, Job, Notification, User
from collection_ops.core.services import jobs
from compliance.complaints.register import Accused
from compliance.models import About, ContactAttempt
from tests.cases.builders import add_position
from tests.compliance.complaints.builders import complained, decided, handled
from tests.core.races import at_once
from tests.vendors.rectification.cast import breach
from tests.vendors.scorecard_pages.made import a_card, cannot_tell
from tests.vendors.settlement.house import (
    MARCH,
    a_case,
    a_version,
    an_agency,
    at,
    give,
    march,
    march_of,
    pay,
    recall,
)
from vendors.meetings import keeping
from vendors.meetings.figures import figures_of, is_reached, span_ending
from vendors.meetings.keeping import Decided, MeetingRefused
from vendors.meetings.nightly import nightly
from vendors.meetings.pack import build
from vendors.models import Agency, Figure, MeetingDecision, MonthlyMeeting
from vendors.settlement.settle import settle
from vendors.tasks import keep_meetings

pytestmark = pytest.mark.django_db
APRIL_2 = at(dt.date(2026, 4, 2))
LAST = dt.date(2026, 3, 31)


@pytest.fixture
def agency(db: None) -> Agency:
    """25,000.00 twice since February; 4,000.00 came in March, 1,000.00 in February; one case came back."""
    agency = an_agency("jia", "甲机构")
    a_version(agency)
    kept, gone = a_case(contract_no="HT-0001", name="张三丰"), a_case(contract_no="HT-0002", name="李四光")
    give(agency, kept, gone)
    pay(kept, dt.date(2026, 2, 25), "1000.00")
    pay(kept, dt.date(2026, 3, 5), "4000.00")
    recall(agency, gone, dt.date(2026, 3, 20))
    return agency


def made(agency: Agency, actor: User | None = None) -> MonthlyMeeting:
    return keeping.make(agency=agency, period=MARCH, actor=actor, now=APRIL_2)


def decision(owner: User, **given: object) -> Decided:
    told = {"text": "每周抽听 20 通", "due_on": dt.date(2026, 4, 30), "figure": "recovered", "target": Decimal("5000")}
    return Decided(owner=owner, **{**told, **given})  # type: ignore[arg-type]


def test_the_material_says_what_the_agency_had_how_it_went_and_the_hard_cases(agency):
    settle(agency=agency, period=dt.date(2026, 2, 1), actor=None, now=at(dt.date(2026, 3, 3)))
    march_of(agency)
    breach("jia", on=dt.date(2026, 3, 9))
    one = keeping.make(agency=agency, period=MARCH, actor=None, now=timezone.now())
    pack = one.pack
    assert (pack["figures"]["recovered"], pack["earlier"]["recovered"]) == ("4000.00", "1000.00")
    assert (pack["figures"]["breaches"], pack["figures"]["complaints"]) == ("1", "0")
    months = {line["month"]: line for line in pack["allocation"]["months"]}
    assert (months["2026-02"]["placed"], months["2026-02"]["amount"], months["2026-03"]["recalled"]) == (
        2, "50000.00", 1,
    )  # fmt: skip
    assert len(months) == 6 and pack["allocation"]["count"] == 1
    assert pack["settlement"]["total"]
    (largest,) = pack["hard"]["largest"]
    assert largest["name"] == "张*丰" and largest["contract"] == "***0001" and "张三丰" not in str(pack)
    assert pack["hard"]["silent"][0]["figure"] == "39", "since it was placed on 20 February"
    assert pack["hard"]["complained"] == [] == pack["hard"]["broken"]
    assert digest_of(pack) == one.digest


def _contact(case: Case, at: dt.datetime, result: str) -> None:
    ContactAttempt.objects.create(
        debtor=case.loan.debtor, case=case, channel="call", org="jia", state="closed", result=result, opened_at=at,
        started_at=at, closed_at=at, recorded_at=at,
    )  # fmt: skip


def test_contacts_stages_complaints_and_broken_promises_are_counted(agency, compliance_officer, supervisor):
    kept = agency.placements.get(recalled_on__isnull=True).case
    others = [a_case() for _n in range(2)]
    give(agency, *others)
    for case, (before, after) in zip((kept, *others), ((30, 61), (61, 75), (61, 1)), strict=True):
        add_position(case, dt.date(2026, 2, 28), days=before, total="25000.00")
        add_position(case, LAST, days=after, total="25000.00")
    _contact(kept, march(3), "right_party")
    _contact(kept, march(4), "no_answer")
    _contact(others[0], march(5), "no_answer")
    _contact(others[0], at(dt.date(2026, 4, 1)), "right_party")
    now = march(9)
    matter = complained(kept, Accused(About.AGENCY, org="jia"), now=now)
    decided(handled(matter, supervisor, by=compliance_officer, now=now), compliance_officer, now=now)
    Promise.objects.create(
        case=others[1], amount=100, enough=100, made_on=dt.date(2026, 3, 2), due_on=dt.date(2026, 3, 8),
        counts_until=dt.date(2026, 3, 8), owed=100, stage=2, state="broken", settled_on=dt.date(2026, 3, 9),
    )  # fmt: skip
    pack = keeping.make(agency=agency, period=MARCH, actor=None, now=timezone.now()).pack
    figures = {name: pack["figures"][name] for name in ("contacts", "contacted", "complaints")}
    assert figures == {"contacts": "3", "contacted": "1", "complaints": "1"}
    assert pack["roll"] == {"worse": 1, "same": 1, "better": 1}
    hard = {kind: [(line["case"], line["figure"]) for line in lines] for kind, lines in pack["hard"].items()}
    assert hard["complained"] == [(kept.pk, "2026-03-09")] and hard["broken"] == [(others[1].pk, "1")]
    assert hard["silent"] == [(others[1].pk, "39"), (kept.pk, "27"), (others[0].pk, "26")]


def test_scorecards_of_the_month_and_the_two_before_are_laid_on_the_table(client_as, agency, vendor_manager):
    january, february = dt.date(2026, 1, 1), dt.date(2026, 2, 1)
    a_card(agency, month=dt.date(2025, 12, 1))
    cannot_tell(agency, month=january, ratio=None, grade="C")
    a_card(agency, month=february, grade="D")
    a_card(agency, month=MARCH, grade="D")
    a_card(agency, month=MARCH, revision=2, verdict="better")
    one = made(agency)
    assert [(card["month"], card["grade"], card["ratio"], card["verdict"]) for card in one.pack["scorecards"]] == [
        ("2026-03", "B", "0.9300", "better"),
        ("2026-02", "D", "0.9300", "as_expected"),
        ("2026-01", "C", "", "cannot_tell"),
    ]
    address = reverse("vendors:meeting", args=[one.pk])
    said = client_as(vendor_manager).get(address).content.decode()
    for shown in ("74.50", "93.0%", "好于预期", "无法区分", 'data-label="实际÷预期">–<'):
        assert shown in said, shown
    assert (
        "Better than expected"
        in client_as(vendor_manager).get(address, headers={"Accept-Language": "en"}).content.decode()
    )


def test_what_is_to_be_written_next_is_one_press_away_and_open(client_as, agency, vendor_manager, auditor):
    one = made(agency)
    address, client = reverse("vendors:meeting", args=[one.pk]), client_as(vendor_manager)
    said = client.get(address).content.decode()
    assert 'href="#minutes-title"' in said and said.count("<details") == 2 and said.count(" open>") == 1
    assert "选出依据" not in said, "the largest are chosen by the amount that is beside them already"
    assert "未联系天数" in client.get(address, {"hard": "silent"}).content.decode()
    keeping.write_minutes(meeting=one, held_on=dt.date(2026, 4, 1), text="已开", actor=vendor_manager, now=APRIL_2)
    said = client.get(address).content.decode()
    assert 'href="#decisions-title"' in said and 'href="#minutes-title"' not in said
    seen = client_as(auditor).get(address).content.decode()
    assert 'href="#decisions-title"' not in seen and "<details" not in seen


def test_material_from_before_there_were_scorecards_is_still_read(client_as, agency, vendor_manager):
    pack = {name: told for name, told in build(agency, MARCH, APRIL_2).items() if name != "scorecards"}
    old = MonthlyMeeting.objects.create(
        agency=agency, period=MARCH, pack=pack, digest=digest_of(pack), known_by=APRIL_2, made_at=APRIL_2
    )
    answer = client_as(vendor_manager).get(reverse("vendors:meeting", args=[old.pk]))
    assert answer.status_code == 200 and "scorecards-title" not in answer.content.decode()


def test_it_is_made_once_and_never_changed(agency, vendor_manager, supervisor):
    with pytest.raises(MeetingRefused, match="权限"):
        made(agency, supervisor)
    with pytest.raises(MeetingRefused, match="还没有结束"):
        keeping.make(agency=agency, period=MARCH, actor=vendor_manager, now=march(31))
    one = made(agency, vendor_manager)
    pay(agency.placements.first().case, dt.date(2026, 3, 6), "70.00")
    again = keeping.make(agency=agency, period=MARCH, actor=vendor_manager, now=at(dt.date(2026, 5, 1)))
    assert (again, again.pack["figures"]["recovered"]) == (one, "4000.00")
    for columns in ({"pack": {}}, {"digest": "x"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            MonthlyMeeting.objects.filter(pk=one.pk).update(**columns)
    with pytest.raises(DatabaseError), transaction.atomic():
        MonthlyMeeting.objects.all().delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        MonthlyMeeting.objects.create(
            agency=agency, period=MARCH, pack={}, digest="", known_by=APRIL_2, made_at=APRIL_2
        )


def test_minutes_are_written_after_the_month_and_may_be_corrected(agency, vendor_manager, supervisor):
    one = made(agency)
    held = dt.date(2026, 4, 2)
    for wrong in (LAST, dt.date(2026, 4, 3)):
        with pytest.raises(MeetingRefused, match="会议日期"):
            keeping.write_minutes(meeting=one, held_on=wrong, text="…", actor=vendor_manager, now=APRIL_2)
    with pytest.raises(MeetingRefused, match="权限"):
        keeping.write_minutes(meeting=one, held_on=held, text="…", actor=supervisor, now=APRIL_2)
    for text in ("回款下降", "回款下降，因换班"):
        one = keeping.write_minutes(meeting=one, held_on=held, text=text, actor=vendor_manager, now=APRIL_2)
    assert (one.minutes, one.minutes_by) == ("回款下降，因换班", vendor_manager)
    assert AuditEvent.objects.filter(action="meeting.minutes").count() == 2


def test_a_decision_is_measured_when_its_day_is_over_by_the_figure_it_aimed_at(
    agency, vendor_manager, supervisor, outsider
):
    one = made(agency)
    with pytest.raises(MeetingRefused, match="查看月会"):
        keeping.decide(meeting=one, decision=decision(outsider), actor=vendor_manager, now=APRIL_2)
    with pytest.raises(MeetingRefused, match="到期日"):
        wrong = decision(supervisor, due_on=dt.date(2026, 4, 2))
        keeping.decide(meeting=one, decision=wrong, actor=vendor_manager, now=APRIL_2)
    more = keeping.decide(meeting=one, decision=decision(supervisor), actor=vendor_manager, now=APRIL_2)
    few = keeping.decide(
        meeting=one,
        decision=decision(supervisor, figure="breaches", target=Decimal(0)),
        actor=vendor_manager,
        now=APRIL_2,
    )
    assert (more.value_now, few.value_now) == (Decimal("4000.00"), Decimal(0))
    assert Notification.objects.filter(kind="meeting.decided", user=supervisor).count() == 2
    pay(agency.placements.order_by("pk")[0].case, dt.date(2026, 4, 15), "5000.00")
    breach("jia", on=dt.date(2026, 4, 20))

    assert keeping.measure_due(now=at(dt.date(2026, 4, 30))) == 0, "its last day is not over"
    for _n in range(3):
        keep_meetings()
    more.refresh_from_db()
    few.refresh_from_db()
    assert (more.measured, more.reached) == (Decimal("5000.00"), True)
    assert (few.measured, few.reached) == (Decimal(1), False)
    assert Notification.objects.filter(kind="meeting.measured", user=supervisor).count() == 2
    first, last = span_ending(more.due_on, MARCH)
    assert (first, last) == (dt.date(2026, 3, 31), dt.date(2026, 4, 30)), "as many days as March has"
    assert figures_of([agency], first, last, timezone.now())[agency.pk][Figure.RECOVERED] == more.measured
    with pytest.raises(DatabaseError), transaction.atomic():
        MeetingDecision.objects.filter(pk=more.pk).update(reached=False)


def test_more_is_better_of_money_and_contacts_and_less_of_everything_else():
    assert is_reached("recovered", measured=Decimal(5), target=Decimal(5))
    assert not is_reached("recovered", measured=Decimal(4), target=Decimal(5))
    assert is_reached("complaints", measured=Decimal(1), target=Decimal(1))
    assert not is_reached("complaints", measured=Decimal(2), target=Decimal(1))


def test_in_the_first_days_of_a_month_the_night_makes_the_material_once(agency):
    an_agency("yi", "没有案件的机构")
    assert nightly(now=at(dt.date(2026, 4, 9)))["asked"] == 0, "too late: a person may still ask for it"
    assert nightly(now=at(dt.date(2026, 4, 1)))["asked"] == 0, "too early: the month has not been scored yet"
    for _n in range(3):
        nightly(now=APRIL_2)
    jobs.run(Job.objects.get().pk)
    assert MonthlyMeeting.objects.get().agency == agency
    assert nightly(now=APRIL_2)["asked"] == 0


@pytest.mark.django_db(transaction=True)
def test_two_who_ask_at_once_get_the_same(agency, vendor_manager):
    first, second = at_once(lambda: made(agency, vendor_manager), lambda: made(agency, vendor_manager))
    assert first == second and MonthlyMeeting.objects.count() == 1


def test_the_number_of_queries_does_not_depend_on_the_number_of_agencies_or_cases(
    agency, django_assert_max_num_queries
):
    for n in range(3):
        other = an_agency(f"more{n}")
        give(other, *[a_case() for _n in range(4)])
    with django_assert_max_num_queries(9):
        figures_of(list(Agency.objects.select_related("desk")), MARCH, LAST, timezone.now())


@pytest.mark.django_db(transaction=True)
def test_twin_without_the_lock_one_of_two_runs_into_the_constraint(agency, vendor_manager, monkeypatch):
    both_read, build = threading.Barrier(2, timeout=10), keeping.build

    def together(*given: object) -> dict[str, object]:
        both_read.wait()
        return build(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(keeping, "build", together)
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **_options: self)
    told = at_once(lambda: made(agency, vendor_manager), lambda: made(agency, vendor_manager))
    assert sorted(type(one).__name__ for one in told) == ["IntegrityError", "MonthlyMeeting"]
