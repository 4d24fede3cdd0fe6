"""`settle_promises`: what the night does, for a scheduler of one's own; or compare every promise with its money."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from cases.imports.report import dumps
from cases.services.promise_money import differences
from cases.services.promises import rebuild_promises, settle_promises
from collection_ops.core import clock


class Command(BaseCommand):
    help = (
        "Settle the promises whose money has come or whose time is over. --rebuild computes every promise anew; --check "
        "only compares and ends with code 2 when one says another thing than its money."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--rebuild", action="store_true", help="every promise of the book, settled long ago or not")
        how.add_argument("--check", action="store_true", help="only compare, change nothing")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        day = clock.business_date(clock.database_now())
        if options["check"]:
            found = differences(limit=1000)
            told: dict[str, Any] = {"day": day.isoformat(), "differences": found}
            text = f"{len(found)} promise(s) differ from their money"
        else:
            found = []
            changed = rebuild_promises(day=day) if options["rebuild"] else settle_promises(day=day)
            told = {"day": day.isoformat(), "changed": changed}
            text = f"{changed} promise(s) changed"
        self.stdout.write(dumps(told) if options["json"] else text)
        if found:
            sys.exit(2)
