"""`undo_import RUN`: take back exactly what an applied run wrote. Exit codes as `import_overdue`."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from cases.imports import run as runs
from cases.imports.book_hash import book_hash
from cases.imports.refusals import RunRefused
from cases.imports.report import dumps, refusal_report, report
from cases.management.commands.import_overdue import REFUSED, actor_named
from cases.models import ImportRun
from collection_ops.core import clock


class Command(BaseCommand):
    help = "Undo an applied import, if nothing later stands on it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("run", type=int)
        parser.add_argument("--actor", metavar="USERNAME", help="the person on whose behalf; default: the system")
        parser.add_argument("--json", action="store_true", help="print everything as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            run = ImportRun.objects.select_related("source").filter(pk=options["run"]).first()
            if run is None:
                raise RunRefused("run_unknown", run=options["run"])
            run = runs.undo_run(run=run, actor=actor_named(options["actor"]), now=clock.now())
        except RunRefused as refusal:
            if options["json"]:
                known: dict[str, Any] = {"run": options["run"], "blockers": refusal.params.get("blockers", [])}
                if run is not None:
                    known |= {"state": run.state, "source": run.source.code, "as_of": run.as_of.isoformat()}
                self.stdout.write(dumps(refusal_report(refusal, **known)))
            else:
                self.stderr.write(refusal.message)
            sys.exit(REFUSED)
        if options["json"]:
            self.stdout.write(dumps(report(run, book_hash=book_hash())))
        else:
            self.stdout.write(f"#{run.pk} {run.get_state_display()}")
