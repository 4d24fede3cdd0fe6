"""`undo_import RUN`: take back exactly what an applied run wrote; with `--partial` what later facts stand on stays.

Exit codes as `import_overdue`: 0 undone (or the free part of it), 2 refused. `--json` names under `blockers` every case
that stays, by reason, with the run to undo first.
"""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from cases.imports import run as runs
from cases.imports.booking.book_hash import book_hash
from cases.imports.refusals import RunRefused
from cases.imports.report import dumps, refusal_report, report
from cases.imports.undoing import undo
from cases.management.commands.import_overdue import REFUSED, actor_named
from cases.models import ImportRun, RunState
from collection_ops.core import clock


class Command(BaseCommand):
    help = "Undo an applied import, or the part of it on which nothing later stands."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("run", type=int)
        parser.add_argument("--partial", action="store_true", help="take back the rows on which nothing later stands")
        parser.add_argument("--actor", metavar="USERNAME", help="the person on whose behalf; default: the system")
        parser.add_argument("--json", action="store_true", help="print everything as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            run = ImportRun.objects.select_related("source").filter(pk=options["run"]).first()
            if run is None:
                raise RunRefused("run_unknown", run=options["run"])
            run = runs.undo_run(
                run=run, actor=actor_named(options["actor"]), now=clock.now(), partial=options["partial"]
            )
        except RunRefused as refusal:
            if options["json"]:
                known: dict[str, Any] = {"run": options["run"], "blockers": _blockers(run)}
                if run is not None:
                    known |= {"state": run.state, "source": run.source.code, "as_of": run.as_of.isoformat()}
                self.stdout.write(dumps(refusal_report(refusal, **known)))
            else:
                self.stderr.write(refusal.message)
            sys.exit(REFUSED)
        if options["json"]:
            left = {"undone_rows": run.undone_rows, "blockers": _blockers(run)}
            self.stdout.write(dumps({**report(run, book_hash=book_hash()), **left}))
        else:
            self.stdout.write(f"#{run.pk} {run.get_state_display()} ({run.undone_rows})")


def _blockers(run: ImportRun | None) -> list[dict[str, Any]]:
    """Every case that stays, by reason: [{code, count, sentence, cases: [{case, run}]}]."""
    if run is None or run.state != RunState.APPLIED:
        return []
    with transaction.atomic():
        undo.blocked_cases(run=run)
        held: dict[str, list[dict[str, int | None]]] = {}
        for blocked in undo.reasons_of().values():
            for one in blocked:
                held.setdefault(one.code, []).append({"case": one.case_id, "run": one.run_id})
        return [
            {"code": b.code, "count": b.count, "sentence": undo.sentence(b.code, b.count), "cases": held[b.code]}
            for b in undo.blocker_counts()
        ]
