"""`kpi NAME`: any KPI on the command line."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cases.imports.report import dumps
from cases.models import Source
from reports.kpis import roll_matrix, stage_distribution


def _roll_matrix(options: dict[str, Any], source: Source | None) -> Any:
    if options["first_day"] is None or options["second_day"] is None:
        raise CommandError("roll_matrix needs --from and --to")
    return roll_matrix(
        first_day=options["first_day"], second_day=options["second_day"], source=source, known_by=options["known_by"]
    ).to_json()


def _stage_distribution(options: dict[str, Any], source: Source | None) -> Any:
    if options["as_of"] is None:
        raise CommandError("stage_distribution needs --as-of")
    stages = stage_distribution(as_of=options["as_of"], source=source, known_by=options["known_by"])
    return {"as_of": options["as_of"].isoformat(), "stages": stages}


KPIS: dict[str, Callable[[dict[str, Any], Source | None], Any]] = {
    "roll_matrix": _roll_matrix,
    "stage_distribution": _stage_distribution,
}


class Command(BaseCommand):
    help = "Compute a KPI and print it as JSON."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", choices=sorted(KPIS))
        parser.add_argument("--from", dest="first_day", type=date.fromisoformat, metavar="DATE")
        parser.add_argument("--to", dest="second_day", type=date.fromisoformat, metavar="DATE")
        parser.add_argument("--as-of", type=date.fromisoformat, metavar="DATE")
        parser.add_argument("--source", metavar="CODE", help="one source only; default: the whole book")
        parser.add_argument("--known-by", type=datetime.fromisoformat, metavar="MOMENT", help="as it was known then")
        parser.add_argument("--json", action="store_true", help="JSON is what it prints anyway")

    def handle(self, *args: Any, **options: Any) -> None:
        source = None
        if options["source"]:
            source = Source.objects.filter(code=options["source"]).first()
            if source is None:
                raise CommandError(f"no source {options['source']!r}")
        self.stdout.write(dumps(KPIS[options["name"]](options, source)))
