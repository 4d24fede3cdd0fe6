"""The run as a document: its states, its file, its questions."""

import io
import stat
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings

from cases.imports import run as runs
from cases.imports import storing
from cases.imports.refusals import RunRefused
from cases.imports.report import questions_of
from cases.imports.states import TRANSITIONS, move
from cases.models import ImportRow, ImportRun, Layout, RunState
from cases.services.sources import change_source
from collection_ops.core.models import Job
from collection_ops.core.services import jobs

from .builders import text_file
from .conftest import DAY_1, DAY_2, DAY_3, HEADINGS, at, case_of, debt


def receive(source, content: bytes, name: str = "逾期.csv", **options) -> ImportRun:
    return runs.receive(
        file=io.BytesIO(content), file_name=name, source=source, as_of=DAY_1, actor=None, now=at(DAY_1), **options
    )


def test_every_step_that_is_not_in_the_table_is_refused(source):
    run = ImportRun.objects.create(source=source, as_of=DAY_1, file_name="a", stored_name="a", sha256="0" * 64)
    for state in RunState:
        for to in RunState:
            ImportRun.objects.filter(pk=run.pk).update(state=state)
            if to in TRANSITIONS[state]:
                assert move(run, to).state == to
            else:
                with pytest.raises(RunRefused):
                    move(run, to)
                assert ImportRun.objects.get(pk=run.pk).state == state


def test_a_file_is_stored_under_a_name_of_ours_for_our_eyes_only(source):
    run = receive(source, b"x", "../../etc/逾期\n=1+1.xlsx", enqueue=False)
    path = storing.stored_path(run)
    assert path.read_bytes() == b"x"
    assert path.parent == Path(settings.MEDIA_ROOT) / "imports"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert run.file_name == "逾期=1+1.xlsx"
    assert "逾期" not in run.stored_name


def test_a_file_that_is_too_large_leaves_nothing_behind(source, settings):
    settings.UPLOAD_MAX_BYTES = 10
    run = receive(source, b"0123456789a")
    assert (run.state, run.refusal["code"]) == ("refused", "file_too_large")
    assert list((Path(settings.MEDIA_ROOT) / "imports").iterdir()) == []
    assert receive(source, b"0123456789", enqueue=False).state == "uploaded"


def test_receiving_puts_a_job_with_the_id_only(source, clerk):
    run = runs.receive(file=io.BytesIO(b"x"), file_name="a.csv", source=source, as_of=DAY_1, actor=clerk, now=at(DAY_1))
    assert run.state == "reading"
    assert (run.job.kind, run.job.params, run.job.queue) == ("cases.import_read", {"run": run.pk}, "imports")


DOUBTFUL = ["还款日期" if heading == "应还日期" else heading for heading in HEADINGS]


def doubtful(path: Path, *rows) -> Path:
    cells = [[row[heading] for heading in HEADINGS] for row in rows]
    return text_file(path, [DOUBTFUL, *cells])


def test_a_doubtful_heading_is_asked_once_and_remembered(source, tmp_path, clerk):
    path = doubtful(tmp_path / "a.csv", debt(1, 应还日期="2026-01-16", 逾期天数=""), debt(2, 应还日期="2026-01-16"))
    run = runs.import_file(path=path, source=source, as_of=DAY_1, actor=clerk, now=at(DAY_1), apply=True)
    assert run.state == "asking"
    (question,) = questions_of(run)
    assert question["code"] == "ask_ambiguous"
    assert "due_date" in {option["value"] for option in question["options"]}
    assert "还款日期" in question["message"]
    assert Layout.objects.count() == 0

    runs.answer(run=run, answers={question["key"]: "due_date"}, actor=clerk, now=at(DAY_1), enqueue=False)
    runs.read_run(run=run, now=at(DAY_1))
    assert run.state == "preview"
    assert run.layout.created_by == clerk
    assert run.row_counts["accepted"] == 2

    again = doubtful(tmp_path / "b.csv", debt(1, 应还日期="2026-01-16", 逾期天数=""))
    later = runs.import_file(path=again, source=source, as_of=DAY_2, actor=clerk, now=at(DAY_2))
    assert (later.state, later.questions, later.layout) == ("preview", [], run.layout)


def test_a_corrected_column_makes_a_new_version_of_the_layout(import_day, clerk):
    run = import_day(DAY_1, [debt(1)], apply=False, actor=clerk)
    assert run.layout.version == 1
    region = next(c for c in run.understanding["columns"] if c["heading"] == "城市")
    runs.answer(run=run, answers={f"column:{region['key']}": "ignore"}, actor=clerk, now=at(DAY_1), enqueue=False)
    runs.read_run(run=run, now=at(DAY_1))
    assert (run.state, run.layout.version) == ("preview", 2)
    assert ImportRow.objects.get(run=run).region == ""


def test_an_answer_that_was_not_offered_is_refused_in_words(import_day, clerk):
    run = import_day(DAY_1, [debt(1)], apply=False, actor=clerk)
    key = run.understanding["columns"][0]["key"]
    runs.answer(run=run, answers={f"column:{key}": "no_such_field"}, actor=clerk, now=at(DAY_1), enqueue=False)
    runs.read_run(run=run, now=at(DAY_1))
    assert (run.state, run.refusal["code"]) == ("refused", "answer_refused")


def test_two_previews_on_one_ground_the_second_is_compared_again(import_day, source):
    change_source(source=source, actor=None, max_absent_percent=Decimal(100))
    import_day(DAY_1, [debt(1), debt(2)])
    first = import_day(DAY_2, [debt(1, days=46), debt(3)], apply=False)
    second = import_day(DAY_3, [debt(1, days=47), debt(3, days=46), debt(4)], apply=False)
    assert second.differences["new"]["count"] == 2
    runs.request_apply(run=first, actor=None, now=at(DAY_2))
    runs.apply_run(run=first, actor=None, now=at(DAY_2))
    runs.request_apply(run=second, actor=None, now=at(DAY_3))
    with pytest.raises(RunRefused) as moved:
        runs.apply_run(run=second, actor=None, now=at(DAY_3))
    assert moved.value.code == "book_moved"
    assert str(first.pk) in moved.value.message
    second.refresh_from_db()
    assert (second.state, second.refusal["code"]) == ("preview", "book_moved")
    assert second.differences["new"]["count"] == 1  # contract 3 is known by now
    runs.request_apply(run=second, actor=None, now=at(DAY_3))
    assert runs.apply_run(run=second, actor=None, now=at(DAY_3)).state == "applied"
    assert case_of(3).as_of == DAY_3


def test_the_later_of_two_previews_of_one_day_is_asked_whether_it_corrects_the_first(import_day):
    first = import_day(DAY_1, [debt(1)], apply=False)
    second = import_day(DAY_1, [debt(1, total="999.00")], apply=False)
    runs.request_apply(run=first, actor=None, now=at(DAY_1))
    with pytest.raises(RunRefused) as busy:
        runs.request_apply(run=second, actor=None, now=at(DAY_1))
    assert busy.value.code == "another_applying"
    runs.apply_run(run=first, actor=None, now=at(DAY_1))
    runs.request_apply(run=second, actor=None, now=at(DAY_1))
    with pytest.raises(RunRefused) as late:
        runs.apply_run(run=second, actor=None, now=at(DAY_1))
    assert late.value.code == "date_already_applied"
    second.refresh_from_db()
    assert (second.state, second.questions[0]["key"]) == ("asking", "standing")


def test_a_page_reads_and_applies_through_jobs_that_may_ring_twice(source, clerk, tmp_path, db):
    from .conftest import write_csv

    path = write_csv(tmp_path / "a.csv", [debt(1), debt(2)])
    with path.open("rb") as file:
        run = runs.receive(file=file, file_name="a.csv", source=source, as_of=DAY_1, actor=clerk, now=at(DAY_1))
    for _ring in range(2):
        jobs.run(run.job_id)
    run.refresh_from_db()
    assert run.state == "preview"
    job = runs.request_apply(run=run, actor=clerk, now=at(DAY_1))
    for _ring in range(2):
        jobs.run(job.pk)
    run.refresh_from_db()
    assert (run.state, run.applied_by) == ("applied", clerk)
    undo = runs.request_undo(run=run, actor=clerk, now=at(DAY_1))
    jobs.run(undo.pk)
    run.refresh_from_db()
    assert (run.state, run.undone_by) == ("undone", clerk)
    assert set(Job.objects.values_list("state", flat=True)) == {"done"}


def test_a_discarded_run_forgets_its_rows_and_cannot_go_on(import_day):
    run = import_day(DAY_1, [debt(1)], apply=False)
    runs.discard(run=run, actor=None, now=at(DAY_1))
    assert run.state == "discarded"
    assert not ImportRow.objects.filter(run=run).exists()
    with pytest.raises(RunRefused):
        runs.request_apply(run=run, actor=None, now=at(DAY_1))


def test_runs_whose_job_ended_without_them_are_released(import_day, source):
    preview = import_day(DAY_1, [debt(1)], apply=False)
    job = runs.request_apply(run=preview, actor=None, now=at(DAY_1))
    reading = receive(source, b"x")
    assert runs.release_abandoned(now=at(DAY_1)) == 0
    Job.objects.filter(pk__in=[job.pk, reading.job_id]).update(state="dead")
    assert runs.release_abandoned(now=at(DAY_1)) == 2
    for run in (preview, reading):
        run.refresh_from_db()
    assert (preview.state, preview.refusal["code"]) == ("preview", "interrupted")
    assert (reading.state, reading.refusal["code"]) == ("refused", "interrupted")


def test_a_command_that_died_while_reading_is_cleared_away_after_an_hour(source):
    run = receive(source, b"x", enqueue=False)
    move(run, RunState.READING)
    assert runs.release_abandoned(now=at(DAY_1)) == 0
    assert runs.release_abandoned(now=at(DAY_1) + timedelta(hours=2)) == 1


def test_a_broken_file_is_refused_with_its_reason(source, tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"PK\x03\x04 this is no workbook")
    run = runs.import_file(path=path, source=source, as_of=DAY_1, actor=None, now=at(DAY_1), apply=True)
    assert (run.state, run.refusal["code"]) == ("refused", "file_damaged")
    assert run.problems.get().code == "file_damaged"
