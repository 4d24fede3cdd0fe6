"""The short way to the stages of many cases says what the long one says."""

import datetime as dt

import pytest
from django.db import connection
from django.utils import timezone

from cases import known
from cases.models import ImportRun
from cases.models.past import PastPosition
from tests.cases.builders import add_position, make_case, make_run, make_source

pytestmark = pytest.mark.django_db

EARLIER, DAY = dt.date(2026, 3, 2), dt.date(2026, 3, 31)
HOUR = dt.timedelta(hours=1)


def said(sql: str, known_by: dt.datetime, columns: str) -> list[tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM ({sql}) q ORDER BY 1", {"known_by": known_by})
        return cursor.fetchall()


def both(files: tuple[known.File, ...], known_by: dt.datetime) -> list[tuple[int, int]]:
    """What `stages` says; `positions` says the same."""
    short = said(known.stages(files, past=True), known_by, "case_id, stage")
    assert short == said(known.positions(files, past=True), known_by, "case_id, stage")
    assert said(known.stages(files, past=False), known_by, "case_id, stage") == said(
        known.positions(files, past=False), known_by, "case_id, stage"
    )
    return short


def as_file(run: ImportRun) -> known.File:
    return known.File(run.source_id, run.source.code, run.as_of, run.pk)


def test_one_file_a_date_what_was_not_known_yet_and_what_was_taken_back() -> None:
    card, loan = make_source(), make_source("loan", "消费贷")
    first, second = make_case(source=card, as_of=EARLIER), make_case(source=loan, as_of=EARLIER)
    files = (make_run(card, DAY), make_run(loan, DAY))
    now = timezone.now()
    add_position(first, DAY, days=40, total="100.00", run=files[0])
    PastPosition.objects.create(
        known_from=now - 3 * HOUR, known_until=now - 2 * HOUR, case=second.pk, loan=second.loan_id, source=loan.pk,
        as_of=DAY, run=files[1].pk, opened_on=EARLIER, days_past_due=70, stage=3, principal=100, interest=0, penalty=0,
        fees=0, total=100,
    )  # fmt: skip
    told = tuple(as_file(run) for run in files)
    assert both(told, now + HOUR) == [(first.pk, 2)]
    assert both(told, now - 3 * HOUR) == [(second.pk, 3)]
    assert both(told, now - 2 * HOUR) == []


def test_of_two_files_for_one_date_the_newest_counts() -> None:
    card = make_source()
    first, second = make_case(source=card, as_of=EARLIER), make_case(source=card, as_of=EARLIER)
    whole, partial = make_run(card, DAY), make_run(card, DAY, state="undone")
    for case in (first, second):
        add_position(case, DAY, days=40, total="100.00", run=whole)
    add_position(first, DAY, days=95, total="100.00", run=partial)
    assert both((as_file(whole), as_file(partial)), timezone.now() + HOUR) == [(first.pk, 4), (second.pk, 2)]
