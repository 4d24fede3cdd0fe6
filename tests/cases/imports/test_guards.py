"""Guard rails: what trips, with which figure, and what stays quiet."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from cases.imports import run as runs
from cases.imports.guard_facts import findings_of
from cases.imports.guards import CODES, Facts, Finding, Rails, judge
from cases.imports.refusals import RunRefused
from cases.imports.words.problems import render
from cases.imports.words.run_messages import RUN_MESSAGES
from cases.models import ImportRow, ImportRun
from cases.services.sources import change_source
from collection_ops.core.models import AuditEvent

from .conftest import DAY_1, DAY_2, DAY_3, at, debt

QUIET = Facts(
    rows=100,
    total=Decimal("1000.00"),
    rejected=0,
    as_of=DAY_2,
    received_on=DAY_2,
    book_rows=100,
    book_total=Decimal("1000.00"),
    new_total=Decimal("1000.00"),
    newest=DAY_1,
)
RAILS = Rails(
    max_absent_percent=Decimal(20),
    max_rejected_percent=Decimal(5),
    min_rows=90,
    max_rows=110,
    min_total=Decimal("900.00"),
    max_total=Decimal("1100.00"),
    max_change_percent=Decimal(10),
)


def tripped(**changed) -> list[Finding]:
    return judge(replace(QUIET, **changed), RAILS)


def test_a_file_like_yesterdays_trips_nothing():
    assert judge(QUIET, RAILS) == []


@pytest.mark.parametrize(
    ("just_inside", "outside", "code", "figure", "limit"),
    [
        ({"rows": 90}, {"rows": 89}, "guard_rows_few", 89, 90),
        ({"rows": 110}, {"rows": 111}, "guard_rows_many", 111, 110),
        ({"total": Decimal("900.00")}, {"total": Decimal("899.99")}, "guard_total_low", "899.99", "900.00"),
        ({"total": Decimal("1100.00")}, {"total": Decimal("1100.01")}, "guard_total_high", "1,100.01", "1,100.00"),
        ({"absent": 20}, {"absent": 21}, "guard_absent", "21.00", "20"),
        ({"rejected": 5}, {"rejected": 6}, "guard_rejected", "6.00", "5"),
        ({"new_total": Decimal(1100)}, {"new_total": Decimal(1101)}, "guard_change", "+10.10", "10"),
        ({"new_total": Decimal(900)}, {"new_total": Decimal(899)}, "guard_change", "-10.10", "10"),
        ({"expected_rows": 100}, {"expected_rows": 101}, "guard_expected_rows", 100, 101),
        (
            {"expected_total": Decimal("1000.00")},
            {"expected_total": Decimal("1000.01")},
            "guard_expected_total",
            "1,000.00",
            "1,000.01",
        ),
        ({"newest": DAY_2 + dt.timedelta(60)}, {"newest": DAY_2 + dt.timedelta(61)}, "guard_day_old", 61, 60),
        ({"as_of": DAY_2}, {"as_of": DAY_3}, "guard_day_ahead", "2026-03-04", "2026-03-03"),
    ],
)
def test_each_rail_holds_up_to_its_limit_and_trips_beyond(just_inside, outside, code, figure, limit):
    assert tripped(**just_inside) == []
    (finding,) = tripped(**outside)
    assert (finding.code, finding.params["figure"], finding.params["limit"]) == (code, figure, limit)
    assert render(code, finding.params)


def test_a_total_row_that_disagrees_and_rows_of_another_day_trip_without_a_limit():
    (row,) = tripped(total_row={"principal": Decimal("-3.50")})
    assert render(row.code, row.params).endswith("与各行之和相差 -3.50 元")
    (same,) = tripped(same_rows={"run": 7, "day": "2026-03-01"})
    assert "2026-03-01 的第 7 号" in render(same.code, same.params)


def test_a_file_without_rows_trips_whatever_the_limits_are():
    unlimited = Rails(max_absent_percent=Decimal(100), max_rejected_percent=Decimal(100))
    assert [one.code for one in judge(replace(QUIET, rows=0, absent=100), unlimited)] == ["guard_no_rows"]


def test_ranges_and_absences_say_nothing_about_a_file_that_is_not_the_book_of_a_day():
    assert tripped(rows=1, total=Decimal(1), absent=100, new_total=Decimal(0), lists_book=False) == []


def test_every_finding_has_its_sentence_and_no_sentence_is_left_over():
    assert {code for code in RUN_MESSAGES if code.startswith("guard_")} == CODES


# With the book ------------------------------------------------------------------------------------------------------


def codes(run: ImportRun) -> list[str]:
    return [finding["code"] for finding in run.guard_findings]


def test_the_first_file_of_a_source_lacks_nobody_and_a_short_second_one_is_held(import_day):
    first = import_day(DAY_1, [debt(n) for n in range(1, 6)])
    assert codes(first) == []
    short = import_day(DAY_2, [debt(1, days=46)], apply=False)
    assert short.guard_findings == [
        {"code": "guard_absent", "params": {"figure": "80.00", "limit": "20.00", "cases": 4}}
    ]
    with pytest.raises(RunRefused) as held:
        runs.request_apply(run=short, actor=None, now=at(DAY_2))
    assert held.value.code == "outside_rails"
    short.refresh_from_db()
    assert short.state == "preview"
    full = import_day(DAY_2, [debt(n, days=46) for n in range(1, 6)], apply=False)
    runs.request_apply(run=full, actor=None, now=at(DAY_2))
    assert runs.apply_run(run=full, actor=None, now=at(DAY_2)).state == "applied"


def test_limits_are_asked_as_they_are_when_somebody_applies(import_day, source, admin_user):
    import_day(DAY_1, [debt(n) for n in range(1, 6)])
    run = import_day(DAY_2, [debt(n, days=46) for n in range(1, 6)], apply=False)
    change_source(source=source, actor=admin_user, min_rows=6)
    run.source.refresh_from_db()
    with pytest.raises(RunRefused) as held:
        runs.request_apply(run=run, actor=None, now=at(DAY_2))
    assert held.value.params["findings"][0]["code"] == "guard_rows_few"
    change_source(source=source, actor=admin_user, min_rows=5)
    runs.request_apply(run=run, actor=None, now=at(DAY_2))
    trail = AuditEvent.objects.filter(action="source.changed").order_by("pk")
    assert [(e.data["before"], e.data["after"]) for e in trail] == [
        ({"min_rows": None}, {"min_rows": 6}),
        ({"min_rows": 6}, {"min_rows": 5}),
    ]


def test_limits_that_no_file_could_keep_are_refused_in_words(source):
    with pytest.raises(ValidationError) as wrong:
        change_source(source=source, actor=None, min_rows=10, max_rows=9, max_absent_percent=Decimal(101))
    assert wrong.value.message_dict == {
        "max_rows": ["最多行数不能少于最少行数"],
        "max_absent_percent": ["比例应在 0 到 100 之间"],
    }
    assert change_source(source=source, actor=None, min_rows=9, max_rows=10).max_rows == 10


def test_control_totals_typed_in_are_compared_exactly_and_can_be_corrected(import_day, clerk):
    run = import_day(DAY_1, [debt(1), debt(2, total="1000.01")], apply=False, expected_rows=3)
    assert codes(run) == ["guard_expected_rows"]
    runs.expect(run=run, rows=2, total=Decimal("2000.00"), actor=clerk)
    assert run.guard_findings[0]["params"]["difference"] == "+0.01"
    runs.expect(run=run, rows=2, total=Decimal("2000.01"), actor=clerk)
    assert run.guard_findings == []
    runs.request_apply(run=run, actor=clerk, now=at(DAY_1))
    with pytest.raises(RunRefused):
        runs.expect(run=run, rows=9, total=None, actor=clerk)  # too late
    run.refresh_from_db()
    assert run.expected_rows == 2


def test_the_rows_of_an_earlier_day_under_todays_date_are_held_and_linked(import_day):
    first = import_day(DAY_1, [debt(1)])
    again = import_day(DAY_2, [debt(1, days=46)], apply=False)
    ImportRun.objects.filter(pk__in=[first.pk, again.pk]).update(content_hash="c" * 64)
    again.refresh_from_db()
    (finding,) = findings_of(again)
    assert (finding.code, finding.params["run"], finding.params["day"]) == ("guard_same_rows", first.pk, "2026-03-02")


def test_the_same_rows_of_the_same_day_are_refused_under_any_name(import_day):
    first = import_day(DAY_1, [debt(1)], apply=False)
    second = import_day(DAY_1, [debt(1, 产品="信用卡分期")], apply=False)  # other bytes
    ImportRun.objects.filter(pk__in=[first.pk, second.pk]).update(content_hash="c" * 64)
    for run in (first, second):
        run.refresh_from_db()
        runs.request_apply(run=run, actor=None, now=at(DAY_1))
        if run is first:
            runs.apply_run(run=run, actor=None, now=at(DAY_1))
    with pytest.raises(RunRefused) as refused:
        runs.apply_run(run=second, actor=None, now=at(DAY_1))
    assert refused.value.code == "same_rows_imported"
    assert f"第 {first.pk} 号" in refused.value.message
    second.refresh_from_db()
    assert second.state == "refused"


# People -------------------------------------------------------------------------------------------------------------


def test_changed_names_and_phones_are_marked_and_counted(import_day):
    import_day(DAY_1, [debt(n) for n in range(1, 5)])
    rows = [
        debt(1, 客户姓名="张改名"),
        debt(2, 手机号="15499999999"),
        debt(3, 手机号="154-0000-0003"),  # the same number, written otherwise
        debt(4),
        debt(5),  # new: nothing to compare with
    ]
    run = import_day(DAY_2, rows, apply=False)
    assert (run.differences["renamed"], run.differences["phone_changed"]) == ({"count": 1}, {"count": 1})
    marked = {row.contract_no: (row.renamed, row.phone_changed) for row in ImportRow.objects.filter(run=run)}
    assert marked == {
        "HT00001": (True, False),
        "HT00002": (False, True),
        "HT00003": (False, False),
        "HT00004": (False, False),
        "HT00005": (False, False),
    }


def test_a_mark_goes_when_the_book_has_learned_the_name_meanwhile(import_day):
    import_day(DAY_1, [debt(1)])
    first = import_day(DAY_2, [debt(1, days=46, 客户姓名="张改名")], apply=False)
    second = import_day(DAY_3, [debt(1, days=47, 客户姓名="张改名")], apply=False)
    assert second.differences["renamed"] == {"count": 1}
    for run in (first, second):
        runs.request_apply(run=run, actor=None, now=at(DAY_3))
        if run is first:
            runs.apply_run(run=run, actor=None, now=at(DAY_2))
    with pytest.raises(RunRefused):
        runs.apply_run(run=second, actor=None, now=at(DAY_3))
    second.refresh_from_db()
    assert second.differences["renamed"] == {"count": 0}
    assert not ImportRow.objects.get(run=second).renamed
