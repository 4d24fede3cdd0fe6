"""`place_cases`: choose and split cases for agencies without a browser.

Says what would happen and writes nothing; with --apply the batch is drafted, approved and put in force at once. This is the
door of whoever runs the server: `--approver` names who answers for it, another person than `--actor`.

    manage.py place_cases --rule rule.json --seed 7 --json

The rule file holds what `Rule.read` takes: {"stages": [4, 5], "shares": {"ag-a": "70", "ag-b": "30"}}.
Exit codes: 0 done · 2 refused, the reason is said · 3 applied, and some cases that changed stayed · 1 a fault of ours.
"""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from cases.management.commands.import_overdue import REFUSED, actor_named
from collection_ops.core import clock
from vendors.models import PlacementBatch
from vendors.placement.batches import apply, approve, draft, submit, what_if
from vendors.placement.reasons import left_out
from vendors.placement.rule import PlacementRefused, Rule

SOME_STAY = 3
MOST_BYTES = 1_000_000


class Command(BaseCommand):
    help = "Choose cases by a rule and split them among agencies by a seed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--rule", required=True, metavar="FILE", help="JSON; - reads standard input")
        parser.add_argument("--seed", required=True, type=int, metavar="N")
        parser.add_argument("--apply", action="store_true", help="put it in force; needs --actor and --approver")
        parser.add_argument("--actor", metavar="USERNAME", help="the person who makes the batch")
        parser.add_argument("--approver", metavar="USERNAME", help="the person who approves, another than --actor")
        parser.add_argument("--json", action="store_true", help="print everything as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["apply"] and not (options["actor"] and options["approver"]):
            raise CommandError("--apply needs --actor and --approver")
        given = _read(options["rule"])
        try:
            rule = Rule.read(given)
            said = self._applied(rule, options) if options["apply"] else self._simulated(rule, options["seed"])
        except PlacementRefused as refused:
            if options["json"]:
                self.stdout.write(json.dumps({"refused": str(refused), "field": refused.field}, ensure_ascii=False))
            else:
                self.stderr.write(str(refused))
            sys.exit(REFUSED)
        if options["json"]:
            self.stdout.write(json.dumps(said, ensure_ascii=False, indent=2))
        else:
            self._say(said)
        sys.exit(SOME_STAY if said["totals"].get("applied", {}).get("stayed") else 0)

    def _simulated(self, rule: Rule, seed: int) -> dict[str, Any]:
        totals, assigned = what_if(rule=rule, seed=seed, now=clock.database_now())
        return {"batch": None, "state": "simulated", "seed": seed, "totals": totals, "assigned": assigned}

    def _applied(self, rule: Rule, options: dict[str, Any]) -> dict[str, Any]:
        maker, approver = actor_named(options["actor"]), actor_named(options["approver"])
        assert maker is not None and approver is not None
        with transaction.atomic():  # refused half-way, nothing is left
            batch = draft(rule=rule, seed=options["seed"], actor=maker, now=clock.database_now())
            submit(batch=batch, actor=maker, now=clock.database_now())
            approve(batch=batch, actor=approver, now=clock.database_now())
            batch = apply(batch=batch, actor=maker, now=clock.database_now())
        return told(batch)

    def _say(self, said: dict[str, Any]) -> None:
        totals = said["totals"]
        self.stdout.write(f"{said['batch'] or '-'} {said['state']} · {totals['count']} / {totals['chosen']}")
        for row in totals.get("applied", totals)["agencies"]:
            self.stdout.write(f"  {row['name']:<16} {row['share']:>6}% {row['count']:>7} {row['amount']:>16}")
        for code, number in totals["left_out"].items():
            self.stdout.write(f"  - {left_out(code)}: {number}")
        for code, number in totals.get("applied", {}).get("stayed", {}).items():
            self.stdout.write(f"  ! {left_out(code)}: {number}")


def told(batch: PlacementBatch) -> dict[str, Any]:
    """A batch as the command prints it."""
    return {"batch": batch.number, "state": batch.state, "seed": batch.seed, "totals": batch.totals}


def _read(name: str) -> dict[str, Any]:
    try:
        text = sys.stdin.read(MOST_BYTES) if name == "-" else Path(name).read_text(encoding="utf-8")[:MOST_BYTES]
        given = json.loads(text)
    except (OSError, ValueError) as wrong:
        raise CommandError(f"cannot read the rule from {name!r}: {wrong}") from wrong
    if not isinstance(given, dict):
        raise CommandError(f"{name!r} holds no JSON object")
    return given
