"""Making and keeping: once, unchangeable, the same hash again."""

import datetime as dt
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils import translation

from cases.models import ImportRun
from collection_ops.core import clock
from collection_ops.core.models import AuditEvent
from reports.models import ReportRun
from reports.regular.making import Made, ReportRefused, make_report
from tests.core.races import at_once
from tests.reports.regular.cast import D2, MORNING_AFTER, at, pay, small_book

pytestmark = pytest.mark.django_db


def make(kind: str = "daily", first: dt.date = D2, last: dt.date = D2, known_by: dt.datetime = MORNING_AFTER) -> Made:
    return make_report(kind=kind, first=first, last=last, known_by=known_by, actor=None, now=clock.database_now())


def test_a_report_is_kept_with_its_origin_and_made_again_it_is_the_same_row(manager):
    small_book()
    first = make()
    run = first.run
    assert first.is_new and (run.as_of, run.definitions) == (
        D2,
        {"absences": "1", "money_in": "1", "recovery_rate": "1", "stage_distribution": "1"},
    )
    assert run.is_whole and len(run.digest) == 64
    with translation.override("en"):
        again = make()
    assert (again.is_new, again.run.pk, again.run.digest) == (False, run.pk, run.digest), "in whatever language"
    assert ReportRun.objects.count() == 1
    event = AuditEvent.objects.get(action="report.made")
    assert event.data["digest"] == run.digest


def test_later_knowledge_makes_another_report_and_the_old_one_still_opens_as_it_was():
    cases = small_book()
    old = make().run
    pay(cases["rolls"], D2, "700.00", known=at(dt.date(2026, 4, 2)), reference="late")
    new = make(known_by=at(dt.date(2026, 4, 3))).run
    assert new.pk != old.pk and new.digest != old.digest
    assert make().run.pk == old.pk, "by what was known then nothing has changed"


def test_facts_that_were_changed_behind_its_back_are_found_and_the_kept_report_stays():
    cases = small_book()
    kept = make().run
    pay(cases["rolls"], D2, "700.00", reference="forged")  # bears a moment of before
    with pytest.raises(ReportRefused, match="回款额、回收率"):
        make()
    assert ReportRun.objects.get().digest == kept.digest


def test_nobody_changes_or_deletes_a_report_that_was_made():
    small_book()
    run = make().run
    for statement in ("UPDATE reports_reportrun SET digest = repeat('0', 64)", "DELETE FROM reports_reportrun",
                      "UPDATE reports_reportrun SET content = '{}'"):  # fmt: skip
        with pytest.raises(DatabaseError, match="stays as it is"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    with connection.cursor() as cursor:  # finished jobs are cleared away
        cursor.execute("UPDATE reports_reportrun SET job_id = NULL")
    run.refresh_from_db()
    assert run.is_whole


def test_twin_without_the_trigger_a_changed_report_says_so_itself():
    small_book()
    run = make().run
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE reports_reportrun DISABLE TRIGGER reports_reportrun_kept")
        cursor.execute("""UPDATE reports_reportrun SET content = jsonb_set(content, '{kind}', '"weekly"')""")
        cursor.execute("ALTER TABLE reports_reportrun ENABLE ALWAYS TRIGGER reports_reportrun_kept")
    run.refresh_from_db()
    assert not run.is_whole


@pytest.mark.parametrize(
    ("kind", "first", "last", "known_by", "why"),
    [
        ("hourly", D2, D2, MORNING_AFTER, "没有这种报表"),
        ("weekly", dt.date(2026, 3, 24), dt.date(2026, 3, 30), MORNING_AFTER, "不是一个完整的周报期间"),
        ("monthly", dt.date(2026, 3, 1), dt.date(2026, 3, 30), MORNING_AFTER, "不是一个完整的月报期间"),
        ("daily", D2, D2, at(D2, 23, 59), "还没有结束"),
        ("daily", D2, D2, dt.datetime(2999, 1, 1, tzinfo=dt.UTC), "不能晚于现在"),
    ],
)  # fmt: skip
def test_a_period_that_makes_no_sense_is_refused(kind, first, last, known_by, why):
    with pytest.raises(ReportRefused, match=why):
        make(kind, first, last, known_by)
    assert not ReportRun.objects.exists()


def test_while_a_file_is_being_booked_nobody_knows_what_is_known_now():
    small_book()
    ImportRun.objects.filter(as_of=D2).update(state="applying")
    with pytest.raises(ReportRefused, match="正在入账"):
        make(known_by=clock.database_now())
    assert make().is_new, "of a moment long ago it is known"


@pytest.mark.django_db(transaction=True)
def test_four_who_make_the_same_report_at_once_make_one():
    small_book()
    made = at_once(*[make] * 4)
    assert sorted(one.is_new for one in made) == [False, False, False, True]
    assert ReportRun.objects.count() == 1


def test_the_command_makes_one_or_a_range_and_tells_a_program(db):
    small_book()
    out = StringIO()
    known = MORNING_AFTER.isoformat()
    call_command("run_report", "daily", "--first", "2026-03-31", "--known-by", known, "--json", stdout=out)
    (told,) = json.loads(out.getvalue())
    assert told["digest"] == ReportRun.objects.get().digest and told["content"]["kind"] == "daily"
    out = StringIO()
    call_command("run_report", "daily", "--from", "2026-03-01", "--to", "2026-03-31", "--known-by", known, stdout=out)
    assert out.getvalue().count("daily") == 2 and "the same" in out.getvalue(), "days with a file only"
    with pytest.raises(CommandError, match="offset"):
        call_command("run_report", "daily", "--first", "2026-03-31", "--known-by", "2026-04-01T09:00:00")
    with pytest.raises(CommandError, match="还没有结束"):
        call_command("run_report", "daily", "--first", "2026-04-01", "--known-by", known)
