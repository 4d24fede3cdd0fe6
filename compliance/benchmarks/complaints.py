"""`benchmark complaints`: the desk of a register of 100,000 complaints, and a ledger of 5,000 rows into it.

The desk is measured by its own selector and view. Its query, on the first page and forty pages down, stands against the same
fifty rows read by their keys, which is the least that any list costs; every filter of the page has its own time, and the
worst of them is what has to hold.

A ledger stands against a floor (its cells by COPY into one bare table) and against django-import-export, which saves row by
row. The floor writes one row of text; a row of a ledger is a complaint found to be new, its customer found by contract, ID
number or telephone, five texts encrypted twice (in the preview and in the register), a hold, those complained about, a round
with its clock, a step, a line of the audit trail, and before all that it is read by a process of its own. That is why the
target is a multiple of the floor. The other package does nothing of this, and ours must not be the slower one all the same.

Every step is a process of its own on a copy of one register, and the contestants of a round take turns, so that what else
the machine does meets all of them. Figures are medians of the rounds.
"""

import shutil
import statistics
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from collection_ops.core.benchmarks import Asked, BenchmarkFailed, Ratio, Result, benchmark, run_module
from collection_ops.core.scratch import ScratchRefused, scratch_database
from compliance.benchmarks.complaints_step import LISTS

OPTIONS = {"ledger": 5_000}
ROUNDS = 3
DESK_TO_ROWS, DEEP_TO_FIRST, LEDGER_TO_FLOOR, FASTER_THAN_ROWS = 8, 2, 30, 1
LIST_MS, LIST_QUERIES = 300, 10
_DESK_TIMES = (
    *("desk_first", "desk_deep", "rows_first", "rows_deep", "page_first", "page_deep"),
    *(f"list_{name}" for name in LISTS),
)


@benchmark("complaints", "The desk of a large register of complaints, and a ledger brought into it", options=OPTIONS)
def measure_complaints(asked: Asked) -> Result:
    rows, rounds = asked.options["ledger"], asked.rounds or ROUNDS
    now = timezone.localtime().replace(microsecond=0).isoformat()
    seconds: defaultdict[str, list[float]] = defaultdict(list)
    measures: dict[str, float | int] = {"complaints": asked.rows, "ledger_rows": rows, "rounds": rounds}
    folder = Path(tempfile.mkdtemp(prefix="benchmark-", dir=_state()))
    try:
        with scratch_database() as template:
            asked.say(f"building a register of {asked.rows:,} complaints and a ledger of {rows:,}")
            file = str(folder / "ledger.xlsx")
            common = {"now": now, "folder": str(folder), "file": file, "rows": rows}
            measures |= _step("prepare", database=template, complaints=asked.rows, **common)
            for number in range(rounds):
                asked.say(f"round {number + 1} of {rounds}")
                desk = _on_a_copy(template, "desk", **common)
                for name in _DESK_TIMES:
                    seconds[name].append(desk[name])
                measures |= {name: desk[name] for name in ("page_queries", "pages_deep", "plan_uses_the_index")}
                for name in ("ours", "floor", "row_by_row"):
                    answer = _on_a_copy(template, name, **common)
                    if answer["rows"] != rows:
                        raise BenchmarkFailed(f"{name} wrote {answer['rows']} rows of {rows}: its time says nothing")
                    seconds[name].append(answer["seconds"])
    except ScratchRefused as refused:
        raise BenchmarkFailed(str(refused)) from refused
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return result_of(seconds, measures)


def result_of(seconds: dict[str, list[float]], measures: dict[str, float | int]) -> Result:
    """Medians, and what they say."""
    middle = {name: statistics.median(values) for name, values in seconds.items()}
    slowest = max(middle[f"list_{name}"] for name in LISTS)
    return Result(
        "complaints",
        {**measures, **{f"{name}_seconds": round(value, 5) for name, value in middle.items()}},
        {
            "desk_first_to_rows": Ratio.at_most(middle["desk_first"] / middle["rows_first"], DESK_TO_ROWS),
            "desk_deep_to_rows": Ratio.at_most(middle["desk_deep"] / middle["rows_deep"], DESK_TO_ROWS),
            "desk_deep_to_first": Ratio.at_most(middle["desk_deep"] / middle["desk_first"], DEEP_TO_FIRST),
            "page_deep_to_first": Ratio.at_most(middle["page_deep"] / middle["page_first"], DEEP_TO_FIRST),
            "desk_plan_uses_the_index": Ratio.at_least(measures["plan_uses_the_index"], 1),
            "slowest_list_ms": Ratio.at_most(slowest * 1000, LIST_MS),
            "list_queries": Ratio.at_most(measures["page_queries"], LIST_QUERIES),
            "ledger_to_floor": Ratio.at_most(middle["ours"] / middle["floor"], LEDGER_TO_FLOOR),
            "ledger_faster_than_row_by_row": Ratio.at_least(middle["row_by_row"] / middle["ours"], FASTER_THAN_ROWS),
        },
    )


def _state() -> Path:
    folder = Path(settings.STATE_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _on_a_copy(template: str, step: str, **asked: Any) -> dict[str, Any]:
    with scratch_database(like=template) as database:
        return _step(step, database=database, **asked)


def _step(name: str, **asked: Any) -> dict[str, Any]:
    """A step of complaints_step as a process of its own, connected to another database than ours."""
    return run_module("compliance.benchmarks.complaints_step", name, **asked)
