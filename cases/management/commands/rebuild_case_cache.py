"""`rebuild_case_cache`: compare the columns on Case that repeat facts with the facts, and repair them."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from cases.imports.report import dumps
from cases.services import cache


class Command(BaseCommand):
    help = (
        "Compute the case cache again from positions, custody and absences. Exit code 2 when --check finds differences."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="only compare, change nothing")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        found = cache.rebuild(dry_run=options["check"])
        if options["json"]:
            shown = [
                {"case": d.case_id, "columns": {k: [str(v) for v in pair] for k, pair in d.columns.items()}}
                for d in found
            ]
            self.stdout.write(dumps({"differences": shown, "repaired": not options["check"] and bool(found)}))
        else:
            for difference in found[:50]:
                self.stdout.write(f"case {difference.case_id}: {', '.join(sorted(difference.columns))}")
            self.stdout.write(f"{len(found)} case(s) differed")
        if found and options["check"]:
            sys.exit(2)
