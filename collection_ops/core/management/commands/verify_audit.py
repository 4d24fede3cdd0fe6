"""Verify the audit trail against its seals and the copy outside the database. Exit code 1 when something is broken."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from collection_ops.core import clock
from collection_ops.core.services import audit_seal


class Command(BaseCommand):
    help = "Verify the audit chain and name the first broken row"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the verdict as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        verdict = audit_seal.verify(now=clock.now())
        if options["json"]:
            self.stdout.write(json.dumps(verdict.as_dict(), ensure_ascii=False))
        else:
            self.stdout.write(
                f"{verdict.rows} rows in {verdict.seals} seals, {verdict.unsealed} not sealed yet, "
                f"{verdict.copied} seals in the outside copy: {'whole' if verdict.is_whole else 'BROKEN'}"
            )
            for problem in verdict.problems:
                self.stdout.write(f"{problem.kind}: {problem.sentence}")
        if not verdict.is_whole:
            sys.exit(1)
