"""Check everything that must always be true. Exit code 1 when something is not."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from collection_ops.core import clock
from collection_ops.core.invariants import check_all


class Command(BaseCommand):
    help = "Check the invariants and list the rows that break them"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the results as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        results = check_all(now=clock.now())
        if options["json"]:
            self.stdout.write(json.dumps(results, ensure_ascii=False, default=str))
        else:
            for result in results:
                self.stdout.write(
                    f"{result['code']}: {'ok' if not result['count'] else result['count']} {result['title']}"
                )
                for row in result["rows"]:
                    self.stdout.write(f"    {json.dumps(row, ensure_ascii=False, default=str)}")
        if any(result["count"] for result in results):
            sys.exit(1)
