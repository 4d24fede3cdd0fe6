"""`assign_cases`: deal the pool out without a browser.

Makes a preview that somebody approves on its page; with --dry-run nothing is written. With --apply it is put in force at
once: this is the door of whoever runs the server, and `--approver` names who answers for it, another person than `--actor`.

Exit codes as `import_overdue`: 0 planned (or applied) · 2 refused, the reason is said · 3 planned, and some cases stay
where they are for want of somebody to take them · 1 a fault of ours.
"""

import json
import sys
from argparse import ArgumentTypeError
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from agents.assignment.rules import rules_in_force
from agents.assignment.runs import AssignmentRefused, apply_run, approve_run, plan_run, what_if
from agents.models import AssignmentRun, Team
from cases.management.commands.import_overdue import REFUSED, actor_named
from collection_ops.core import clock

SOME_STAY = 3


def seed(text: str) -> int:
    if not text.isdigit():
        raise ArgumentTypeError(f"{text!r} is not a whole number from 0")
    return int(text)


class Command(BaseCommand):
    help = "Deal the cases of the pool out to the desks that can take them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say what would happen and write nothing")
        parser.add_argument("--unit", default="", metavar="CODE", help="to the desks of this team only")
        parser.add_argument("--day", type=date.fromisoformat, metavar="DATE", help="business date; default: today")
        parser.add_argument("--seed", type=seed, metavar="N", help="default: the day's own number")
        parser.add_argument("--apply", action="store_true", help="put it in force; needs --actor and --approver")
        parser.add_argument("--actor", metavar="USERNAME", help="the person who plans; default: the system")
        parser.add_argument("--approver", metavar="USERNAME", help="the person who approves, another than --actor")
        parser.add_argument("--json", action="store_true", help="print everything as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["apply"] and (options["dry_run"] or not (options["actor"] and options["approver"])):
            raise CommandError("--apply needs --actor and --approver, and no --dry-run")
        if options["unit"] and not Team.objects.filter(code=options["unit"]).exists():
            raise CommandError(f"no team {options['unit']!r}")
        try:
            said = self._what_would_be(options) if options["dry_run"] else self._planned(options)
        except AssignmentRefused as refused:
            if options["json"]:
                self.stdout.write(json.dumps({"refused": str(refused), "field": refused.field}, ensure_ascii=False))
            else:
                self.stderr.write(str(refused))
            sys.exit(REFUSED)
        if options["json"]:
            self.stdout.write(json.dumps(said, ensure_ascii=False, indent=2))
        else:
            self._say(said)
        sys.exit(SOME_STAY if said["totals"]["unassigned"] else 0)

    def _what_would_be(self, options: dict[str, Any]) -> dict[str, Any]:
        day, rules = options["day"] or clock.business_date(clock.now()), rules_in_force()
        totals = what_if(
            lines=[line.to_json() for line in rules.lines],
            values=vars(rules.values),
            day=day,
            unit=options["unit"],
            seed=options["seed"],
        )
        counts = {name: totals.pop(name) for name in ("cases", "moves", "plan_hash")}
        return {"run": None, "state": "dry_run", "day": day.isoformat(), **counts, "totals": totals}

    def _planned(self, options: dict[str, Any]) -> dict[str, Any]:
        now, actor = clock.database_now(), actor_named(options["actor"])
        run = plan_run(
            cases=None,
            chosen={},
            unit=options["unit"],
            day=options["day"] or clock.business_date(now),
            seed=options["seed"],
            actor=actor,
            now=now,
        )
        if options["apply"]:
            approver = actor_named(options["approver"])
            approve_run(run=run, actor=approver, now=now)
            run = apply_run(run=run, actor=approver, now=clock.database_now())
        return told(run)

    def _say(self, said: dict[str, Any]) -> None:
        name = f"#{said['run']}" if said["run"] else "-"
        self.stdout.write(f"{name} {said['state']} · {said['day']} · {said['moves']} / {said['cases']}")
        for desk in said["totals"]["desks"]:
            if desk["count_before"] != desk["count_after"]:
                self.stdout.write(
                    f"  {desk['name']:<16} {desk['count_before']:>6} → {desk['count_after']:>6}"
                    f" {desk['expected_before']:>14} → {desk['expected_after']:>14}"
                )
        for code, count in said["totals"]["unassigned"].items():
            self.stdout.write(f"  ! {code:<14} {count:>6}")


def told(run: AssignmentRun) -> dict[str, Any]:
    """A run as both commands print it."""
    return {
        "run": run.pk,
        "state": run.state,
        "day": run.day.isoformat(),
        "seed": run.seed,
        "rules": run.rules_id or 0,
        "cases": run.case_count,
        "moves": run.move_count,
        "inputs_hash": run.inputs_hash,
        "plan_hash": run.plan_hash,
        "totals": run.totals,
    }
