"""One measured step in a process of its own, so that its memory is its own: `python -m cases.benchmarks.step STEP`.

What to do comes as one JSON object on standard input: {"database", "folder", …}; what came of it goes out as one on standard
output. Seconds count from the file to the commit, without the start of Python and Django, which is the same for all.
"""

import time
from datetime import date
from pathlib import Path
from typing import Any

from collection_ops.core.benchmark_step import answer

SOURCE = "benchmark"


def prepare(_asked: dict[str, Any]) -> dict[str, Any]:
    """All tables, and the one source."""
    from django.core.management import call_command

    from cases.models import Source

    call_command("migrate", interactive=False, verbosity=0)
    Source.objects.create(code=SOURCE, name=SOURCE)
    return {}


def ours(asked: dict[str, Any]) -> dict[str, Any]:
    """The importer as the command line runs it: read, understand, check, encrypt, compare, apply."""
    from cases.imports.run import import_file
    from cases.models import Position, RunState, Source
    from collection_ops.core import clock

    source = Source.objects.get(code=SOURCE)
    begun = time.perf_counter()
    run = import_file(
        path=Path(asked["file"]),
        source=source,
        as_of=date.fromisoformat(asked["day"]),
        actor=None,
        now=clock.now(),
        apply=True,
        accept_good_rows=True,
    )
    seconds = time.perf_counter() - begun
    if run.state != RunState.APPLIED:
        return {"failure": f"the run stopped at {run.state}: {run.refusal or run.questions}"}
    differences = {kind: figure["count"] for kind, figure in run.differences.items()}
    rows = Position.objects.filter(run=run).count()
    return {"seconds": seconds, "rows": rows, "differences": differences}


def floor(asked: dict[str, Any]) -> dict[str, Any]:
    """The least that any importer must do with the same reader: every cell into one bare table."""
    from cases.benchmarks.contestants import copy_into_bare_table

    return copy_into_bare_table(Path(asked["file"]))


def import_export(asked: dict[str, Any]) -> dict[str, Any]:
    """django-import-export in its bulk mode; `first` makes its table, `lean` leaves its differences out."""
    from cases.benchmarks.contestants import run_import_export

    return run_import_export(Path(asked["file"]), first=asked["first"], lean=asked["lean"])


STEPS = {"prepare": prepare, "ours": ours, "floor": floor, "import_export": import_export}


if __name__ == "__main__":
    answer(STEPS)
