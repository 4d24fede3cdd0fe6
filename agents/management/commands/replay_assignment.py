"""`replay_assignment RUN`: plan once more from what the run saw, and compare.

Exit codes: 0 equal · 2 there is no such run, or its inputs are gone · 3 not equal, the differences are printed · 1 a
fault of ours. Reads only.
"""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from agents.assignment.runs import AssignmentRefused, replay
from agents.models import AssignmentRun
from cases.management.commands.import_overdue import REFUSED

DIFFERENT = 3


class Command(BaseCommand):
    help = "Replay an assignment from its stored inputs: the same inputs, rules and seed give the same plan."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("run", type=int)
        parser.add_argument("--json", action="store_true", help="print everything as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        run = AssignmentRun.objects.filter(pk=options["run"]).first()
        try:
            if run is None:
                raise AssignmentRefused(f"no assignment #{options['run']}")
            result = replay(run)
        except AssignmentRefused as refused:
            if options["json"]:
                self.stdout.write(json.dumps({"run": options["run"], "refused": str(refused)}, ensure_ascii=False))
            else:
                self.stderr.write(str(refused))
            sys.exit(REFUSED)
        if options["json"]:
            stored = {"inputs_hash": run.inputs_hash, "plan_hash": run.plan_hash}
            said = {"run": run.pk, "equal": result.equal, "stored": stored, "replayed": vars(result)}
            self.stdout.write(json.dumps(said, ensure_ascii=False, indent=2))
        else:
            self.stdout.write(f"#{run.pk} {'equal' if result.equal else 'DIFFERENT'} {result.plan_hash}")
            for one in result.differences:
                self.stdout.write(f"  {one['case']}: {one['stored']} / {one['replayed']}")
        sys.exit(0 if result.equal else DIFFERENT)
