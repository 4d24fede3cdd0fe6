"""`kpi NAME --as-of D`: any KPI on the command line."""

from datetime import date, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cases.imports.report import dumps
from cases.models import Source
from reports.kpis import Dim, NoBook, Question, catalogue, definition_of, kpi, shown
from reports.why.moves import GROUPS, NotARate, month_before, why


class Command(BaseCommand):
    help = "Compute a KPI of the catalogue; without a name, list the catalogue."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", nargs="?", choices=sorted(catalogue()))
        parser.add_argument("--as-of", type=date.fromisoformat, metavar="DATE", help="last day of the period")
        parser.add_argument(
            "--from",
            dest="first",
            type=date.fromisoformat,
            metavar="DATE",
            help="first day of the period (default: of the month); a book is taken at the close of the day before",
        )
        parser.add_argument("--known-by", type=datetime.fromisoformat, metavar="MOMENT", help="as it was known then")
        parser.add_argument("--by", default="", help="stage,product,region,source,desk,team,agency")
        parser.add_argument("--source", metavar="CODE", help="one source only; default: the whole book")
        parser.add_argument("--why", action="store_true", help="why it moved since the month before (or --against-…)")
        parser.add_argument("--against-from", type=date.fromisoformat, metavar="DATE", help="first day compared with")
        parser.add_argument("--against-as-of", type=date.fromisoformat, metavar="DATE", help="last day compared with")
        parser.add_argument("--json", action="store_true", help="for a program")

    def handle(self, *_args: Any, **options: Any) -> None:
        name = options["name"]
        if name is None:
            for code, definition in catalogue().items():
                self.stdout.write(f"{code:28} {definition.label}")
            return
        question = self._question(options)
        if options["why"]:
            self._why(name, question, options)
            return
        try:
            answer = kpi(name, question)
        except (NoBook, ValueError) as refusal:
            raise CommandError(str(refusal)) from refusal
        if options["json"]:
            self.stdout.write(dumps({**answer.to_json(), "definition": definition_of(name).texts()}))
            return
        unit = definition_of(name).unit
        for line in (*answer.lines, answer.total):
            below = "" if line.denominator is None else f" ({line.numerator} / {line.denominator})"
            self.stdout.write(f"{' · '.join(line.key) or 'total'}: {shown(line.value, unit)}{below}")

    def _why(self, name: str, question: Question, options: dict[str, Any]) -> None:
        """Mix, rate and population of each group; `--by` says which groups (default: stage and product)."""
        first, as_of = options["against_from"], options["against_as_of"]
        if (first is None) != (as_of is None):
            raise CommandError("--against-from and --against-as-of belong together")
        before = question.narrowed(first=first, as_of=as_of) if first else month_before(question)
        try:
            found = why(name, question, before=before, by=question.by or GROUPS)
        except NotARate as wrong:
            raise CommandError(f"{name} is an amount: only the change of a rate is taken apart") from wrong
        except NoBook as refusal:
            raise CommandError(str(refusal)) from refusal
        change, by = found.change, found.after.question.by
        if options["json"]:
            self.stdout.write(dumps({"name": name, **change.to_json(by), "against": found.before.to_json()["from"]}))
            return
        unit = definition_of(name).unit
        self.stdout.write(f"{shown(change.before, unit)} → {shown(change.after, unit)}")
        for part in change.parts:
            self.stdout.write(
                f"{' · '.join(part.key)}: {shown(part.total, unit)} "
                f"(rate {shown(part.rate, unit)}, mix {shown(part.mix, unit)}, population {shown(part.population, unit)})"
            )

    def _question(self, options: dict[str, Any]) -> Question:
        as_of, known_by = options["as_of"], options["known_by"]
        if as_of is None:
            raise CommandError("--as-of is needed: the last day of the period")
        first = options["first"] or as_of.replace(day=1)
        if first > as_of:
            raise CommandError("--from lies after --as-of")
        if known_by is not None and known_by.tzinfo is None:
            raise CommandError("--known-by needs an offset, as in 2026-04-01T00:00:00+08:00")
        try:
            by = tuple(Dim(name.strip()) for name in options["by"].split(",") if name.strip())
        except ValueError as wrong:
            raise CommandError(f"{wrong}; possible: {', '.join(Dim)}") from wrong
        source = None
        if options["source"]:
            source = Source.objects.filter(code=options["source"]).values_list("pk", flat=True).first()
            if source is None:
                raise CommandError(f"no source {options['source']!r}")
        return Question(as_of=as_of, first=first, known_by=known_by, by=by, source=source)
