"""`rebuild_facts`: all daily facts from all rows; `--marked` only what changed."""

import json
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from reports.facts import keeping


class Command(BaseCommand):
    help = "Make the daily facts anew from the rows"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--marked", action="store_true", help="only days that something has changed")
        parser.add_argument("--json", action="store_true", help="for a program")

    def handle(self, *_args: Any, **options: Any) -> None:
        began = time.monotonic()
        say = (lambda _line: None) if options["json"] else self.stdout.write
        found = keeping.refresh() if options["marked"] else keeping.rebuild(say=say)
        seconds = round(time.monotonic() - began, 2)
        if options["json"]:
            self.stdout.write(json.dumps({**found, "seconds": seconds}))
        else:
            self.stdout.write(f"{', '.join(f'{name} {number}' for name, number in found.items())} in {seconds} s")
