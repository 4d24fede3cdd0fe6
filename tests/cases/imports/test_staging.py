"""From a file to staged rows: what COPY writes is what was cleaned, whoever prepared it."""

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from cases.imports.judging.forks import usable_helpers
from cases.imports.judging.overdue import OVERDUE
from cases.imports.reading.read import WorkbookData
from cases.imports.staging import staging
from cases.imports.staging.copying import copy_rows
from cases.models import ImportRun, RunState
from collection_ops.core.crypto import decrypt
from tests.cases.imports.builders import HEADINGS, row, sheet_of, understand

from .conftest import DAY_1, debt

ODD = [
    "tab\tand\nnewline\r\n",
    "back\\slash \\N \\t \\.",
    "",
    "NULL",
    "\\",
    '"quoted, csv"',
    "𬸦·娜 'x'",
    "a\0b\x01c\x02",
    "\x02",
]


def test_every_text_arrives_as_it_was_and_nothing_is_null(db):
    rows = [(place, text, None if place % 2 else place, dt.date(2026, 3, 5)) for place, text in enumerate(ODD)]
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE odd_texts (place int, text text, other numeric(9, 2), day date)")
        assert copy_rows(table="odd_texts", columns=("place", "text", "other", "day"), rows=iter(rows)) == len(ODD)
        assert copy_rows(table="odd_texts", columns=("place", "text"), rows=[]) == 0
        cursor.execute("SELECT text, other, day FROM odd_texts ORDER BY place")
        found = cursor.fetchall()
    # PostgreSQL has no NUL, and the two other separators of COPY are no characters of any text.
    assert [text for text, _other, _day in found] == [*ODD[:7], "abc", ""]
    assert [other for _text, other, _day in found][:3] == [Decimal("0.00"), None, Decimal("2.00")]
    assert {day for _text, _other, day in found} == {dt.date(2026, 3, 5)}


def staged(run: ImportRun, data: WorkbookData) -> list[tuple[Any, ...]]:
    """The staged rows with their personal values opened."""
    understanding = understand(data)
    result = staging.check_and_stage(
        run=run,
        understanding=understanding,
        workbook=data,
        catalogue=OVERDUE,
        form=staging.OVERDUE_FORM,
        business_date=run.as_of,
    )
    with connection.cursor() as cursor:
        columns = ", ".join(f'"{name}"' for name in staging.OVERDUE_COLUMNS)
        cursor.execute(f"SELECT {columns}, run_id FROM import_incoming ORDER BY id")
        names = [*staging.OVERDUE_COLUMNS, "run_id"]
        rows = [dict(zip(names, line, strict=True)) for line in cursor.fetchall()]
    staging.drop_incoming()
    for one in rows:
        one["id_no"] = decrypt(one["id_no"])
        one["contacts"] = json.loads(one["contacts"])
        for point in one["contacts"]:
            point["value"] = decrypt(point["value"])
    return [result.content_hash, result.counts, rows]


@pytest.mark.skipif(not usable_helpers(), reason="one processor, or no fork")
def test_rows_staged_by_helpers_are_those_staged_here(source, monkeypatch):
    run = ImportRun.objects.create(source=source, as_of=DAY_1, file_name="a", stored_name="a", sha256="0" * 64)
    headings = [*HEADINGS, "联系地址", "工作单位", "联系人姓名", "联系人电话", "联系人关系"]
    more = ['云南省\\昆明市"西山区" 1 号', "钢铁厂", '李"四', "13900000001/13900000002", ""]
    rows = [[*row(n), *more] for n in range(30)]
    rows[7], rows[20] = [*row(7, 逾期天数="三十"), *more], rows[3]
    data = sheet_of([headings, *rows])
    here = staged(run, data)
    assert here[1] == {"read": 30, "accepted": 28, "rejected": 2, "skipped": 0}
    first, wrong = here[2][0], here[2][7]
    assert (first["id_no"], first["run_id"], first["total"]) == ("330000200207148620", run.pk, Decimal("1025.00"))
    assert [point["value"] for point in first["contacts"]] == ["15444365243", *more[:2], "13900000001", "13900000002"]
    assert first["contacts"][3]["holder"] == more[2]
    assert (wrong["state"], wrong["id_no"], wrong["id_index"], wrong["contacts"]) == ("rejected", "", "", [])

    monkeypatch.setattr(staging, "ROWS_WORTH_HELPERS", 10)
    with monkeypatch.context() as patched:
        patched.setattr(staging, "ROWS_AT_ONCE", 4)
        assert staged(run, data) == here


def test_a_run_keeps_the_hash_of_what_its_file_says(import_day, source):
    run = import_day(DAY_1, [debt(1), debt(2)], apply=False)
    again = import_day(DAY_1, [debt(2), debt(1)], apply=False)
    other = import_day(DAY_1, [debt(1), debt(2, total="1000.01")], apply=False)
    assert run.state == again.state == RunState.PREVIEW
    assert len(run.content_hash) == 32
    assert run.content_hash == again.content_hash != other.content_hash


def test_no_staged_row_is_left_lying_in_the_connection(import_day):
    import_day(DAY_1, [debt(1)], apply=False)
    import_day(DAY_1, [debt(1, 逾期天数="三十")], apply=False)
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('pg_temp.import_incoming')")
        assert cursor.fetchone() == (None,)
