"""`add_source CODE --name NAME`: a system that sends files. The same again changes nothing."""

import sys
from datetime import time
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandParser

from cases.imports.report import dumps
from cases.management.commands.import_overdue import REFUSED, actor_named, yuan
from cases.models import Source
from cases.services.sources import RAILS, add_source


class Command(BaseCommand):
    help = "Add a data source."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code", help="letters, digits, - and _; also the name of its inbox folder")
        parser.add_argument("--name", required=True)
        parser.add_argument(
            "--poll-from", type=time.fromisoformat, metavar="HH:MM", help="look into the inbox from then on"
        )
        parser.add_argument("--expected-by", type=time.fromisoformat, metavar="HH:MM")
        parser.add_argument(
            "--penalty-place",
            choices=Source.PenaltyPlace.values,
            default=Source.PenaltyPlace.AFTER_INTEREST,
            help="where a payment meets the penalty; default: after the interest",
        )
        for name in RAILS:
            kind = int if name.endswith("_rows") else yuan
            parser.add_argument(
                f"--{name.replace('_', '-')}", type=kind, help="guard rail; outside a supervisor approves"
            )
        parser.add_argument("--actor", metavar="USERNAME", help="the person on whose behalf; default: the system")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        source = Source.objects.filter(code=options["code"]).first()
        added = source is None
        if source is None:
            try:
                source = add_source(
                    code=options["code"],
                    name=options["name"],
                    actor=actor_named(options["actor"]),
                    poll_from=options["poll_from"],
                    expected_by=options["expected_by"],
                    penalty_place=options["penalty_place"],
                    **{name: options[name] for name in RAILS if options[name] is not None},
                )
            except ValidationError as refused:
                self.stderr.write("\n".join(refused.messages))
                sys.exit(REFUSED)
        if options["json"]:
            self.stdout.write(dumps({"source": source.code, "name": source.name, "added": added}))
        else:
            self.stdout.write(f"{source.code} {source.name}{'' if added else ' (already there)'}")
