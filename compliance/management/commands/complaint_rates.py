"""`complaint_rates --first DAY --last DAY --by org`: the complaint rates of a period."""

import json
from datetime import date, datetime
from typing import Any, get_args

from django.core.management.base import BaseCommand, CommandError, CommandParser

from compliance.complaints.rates import By, rates


class Command(BaseCommand):
    help = "Complaint, upheld and in-time rates of a period, as compliance/complaints/rates.py defines them"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--first", required=True, type=date.fromisoformat, metavar="DATE")
        parser.add_argument("--last", required=True, type=date.fromisoformat, metavar="DATE")
        parser.add_argument("--by", choices=get_args(By), default="house")
        parser.add_argument("--known-by", type=datetime.fromisoformat, metavar="MOMENT", help="as it was known then")
        parser.add_argument("--json", action="store_true", help="for a program")

    def handle(self, *_args: Any, **options: Any) -> None:
        first, last = options["first"], options["last"]
        if last < first:
            raise CommandError("--last lies before --first")
        known_by = options["known_by"]
        if known_by is not None and known_by.tzinfo is None:
            raise CommandError("--known-by needs an offset, as in 2026-04-01T00:00:00+08:00")
        lines = rates(first, last, by=options["by"], known_by=known_by)
        if options["json"]:
            found = {"first": first.isoformat(), "last": last.isoformat(), "by": options["by"]}
            self.stdout.write(json.dumps({**found, "lines": [line.to_json() for line in lines]}, ensure_ascii=False))
            return
        for line in lines:
            counts = line.counts
            rate = "too few contacted" if line.rate is None else f"{line.rate} per 10,000"
            self.stdout.write(
                f"{line.key or 'house'}: {rate} ({counts.complaints} / {counts.contacted}), "
                f"upheld {counts.upheld} / {counts.decided}, in time {counts.in_time} / {counts.due}"
            )
