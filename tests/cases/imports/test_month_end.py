"""Three real month-end books against their reference answers. Skipped where the folder is not beside the checkout."""

import datetime as dt
import json
import zoneinfo
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cases.imports import run as runs
from cases.imports.booking.book_hash import book_hash
from cases.models import Case, Debtor, ImportRun, Loan, Position, Source
from cases.services import cache
from cases.services.sources import add_source
from tests.reports.figures import LEFT, distribution, matrix

PARTS = ("total", "principal", "interest", "penalty")


def applied(folder: Path, file: str, source: Source, day: dt.date) -> ImportRun:
    now = dt.datetime.combine(day, dt.time(8, 15), tzinfo=zoneinfo.ZoneInfo("Asia/Shanghai"))
    run = runs.import_file(path=folder / file, source=source, as_of=day, actor=None, now=now, apply=True)
    assert run.state == "applied", run.refusal
    return run


@pytest.fixture
def month_end(shared_data: Path) -> Path:
    return shared_data / "month_end"


@pytest.fixture
def answers(month_end: Path) -> dict[str, Any]:
    text = (month_end / "reference_answers.json").read_text(encoding="utf-8")
    return json.loads(text, parse_float=Decimal)


def test_april_may_and_june_give_the_reference_figures(db, month_end, answers):
    source = add_source(code="card", name="信用卡系统", actor=None)
    empty = book_hash()
    runs_made = []
    for snapshot in answers["snapshots"]:
        day = dt.date.fromisoformat(snapshot["date"])
        run = applied(month_end, snapshot["file"], source, day)
        runs_made.append((run, book_hash()))
        assert run.row_counts == {"read": snapshot["rows"], "accepted": snapshot["rows"], "rejected": 0, "skipped": 0}
        assert run.problem_counts["by_code"] == {"total_not_positive": snapshot["rows_total_zero_or_negative"]}
        sums = run.control_totals["sums"]
        assert {part: Decimal(sums[part]) for part in PARTS} == {part: snapshot[part] for part in PARTS}

        by_stage = distribution(day, source=source)
        for stage, expected in snapshot["by_stage"].items():
            assert {k: by_stage[stage][k] for k in ("count", *PARTS)} == expected, (day, stage)
            previewed = run.stages_after[stage]
            assert previewed["count"] == expected["count"]
            assert Decimal(previewed["total"]) == expected["total"]

        found = run.differences
        assert found["new"]["count"] == snapshot["never_seen_before"]
        assert found["reentered"]["count"] == snapshot["re_entered"]
        assert found["new"]["count"] + found["reentered"]["count"] == snapshot["new_vs_previous"]
        assert found["absent"]["count"] == snapshot["left_since_previous"]
        if "continuing" in snapshot:
            assert found["continuing"]["count"] == snapshot["continuing"]
            for kind in ("rolled_forward", "rolled_back", "same_stage"):
                assert found[kind]["count"] == snapshot[kind], kind
            entered = Decimal(found["new"]["amount"]) + Decimal(found["reentered"]["amount"])
            assert entered == snapshot["new_total"]
            assert Decimal(found["absent"]["amount"]) == snapshot["left_total_at_previous"]

        persons = Debtor.objects.filter(loans__cases__positions__as_of=day).distinct().count()
        assert persons == snapshot["unique_debtors"]
        assert cache.differences() == []

    for transition in answers["transitions"]:
        counts, amounts = matrix(*(dt.date.fromisoformat(transition[end]) for end in ("from", "to")))
        for start, ends in transition["count"].items():
            found_counts = {end: number for end, number in counts[start].items() if end != "M0"}
            assert found_counts == {LEFT if end == "cured" else end: number for end, number in ends.items()}
            for end, amount in transition["amount_at_from"][start].items():
                assert amounts[start][LEFT if end == "cured" else end] == amount

    # And back: every undo gives the book of the month before.
    while runs_made:
        run, digest = runs_made.pop()
        assert book_hash() == digest
        runs.undo_run(run=run, actor=None, now=run.applied_at)
    assert book_hash() == empty


def test_two_dialects_say_the_same_500_contracts(db, month_end):
    day = dt.date(2025, 7, 31)
    first = add_source(code="pangolin", name="甲系统", actor=None)
    second = add_source(code="zxh", name="乙系统", actor=None)
    for source, file in ((first, "A_数据导入_pangolin.xlsx"), (second, "B_标准案件模板_zxh.xlsx")):
        run = applied(month_end, file, source, day)
        assert run.row_counts["accepted"] == 500

    def book(source: Source) -> dict[str, tuple[Any, ...]]:
        columns = ("total", "principal", "interest", "penalty", "fees", "days_past_due", "due_date")
        return {
            contract: tuple(values)
            for contract, *values in Position.objects.filter(case__loan__source=source).values_list(
                "case__loan__contract_no", *columns
            )
        }

    assert book(first) == book(second)
    assert len(book(first)) == 500
    persons = [
        dict(Loan.objects.filter(source=source).values_list("contract_no", "debtor_id")) for source in (first, second)
    ]
    assert persons[0] == persons[1]
    assert distribution(day, source=first) == distribution(day, source=second)
    assert Case.objects.count() == 1000
