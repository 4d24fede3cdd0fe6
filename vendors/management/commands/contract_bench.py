"""`contract_bench VERSION_ID --payments FILE`: what a version of a contract makes of sample payments."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cases.imports.report import dumps
from vendors.contracts.bench import CannotTry, labels
from vendors.contracts.bench_runs import try_out
from vendors.contracts.reading import ROWS
from vendors.contracts.samples import SamplesRefused, read_samples_file, read_trial
from vendors.contracts.terms import Event
from vendors.models import ContractVersion


class Command(BaseCommand):
    help = "Fees of sample payments by a contract's version, beside the version in force. Keeps nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("version_id", type=int)
        parser.add_argument(
            "--payments", type=Path, required=True, metavar="FILE", help="CSV or xlsx: stage,product,age,amount,base"
        )
        parser.add_argument("--score", default="100", help="compliance score, 0 to 100")
        parser.add_argument(
            "--event", action="append", default=[], metavar="CODE=COUNT", help=f"how many of {', '.join(Event)}"
        )
        parser.add_argument("--json", action="store_true", help="for a program")

    def handle(self, *_args: Any, **options: Any) -> None:
        version = ContractVersion.objects.select_related("contract__agency").prefetch_related(*ROWS)
        found = version.filter(pk=options["version_id"]).first()
        if found is None:
            raise CommandError(f"no version {options['version_id']}")
        output = self._tried(found, options)
        if options["json"]:
            self.stdout.write(dumps(output))
            return
        words = labels()
        for line in output["draft"]["lines"]:
            where = f"#{line['sample']} row {line['row']} band {line['band']}" if line["kind"] == "commission" else ""
            self.stdout.write(f"{words[line['event'] or line['kind']]} {where}: {line['arithmetic']} → {line['fee']}")
        for row in output["compared"]:
            sample = f" #{row['sample']}" if row["sample"] else ""
            before = (
                f" ({output['in_force_label']} {row['in_force']}, {row['difference']})" if row["difference"] else ""
            )
            self.stdout.write(f"{words[row['event'] or row['kind']]}{sample}: {row['draft']}{before}")

    def _tried(self, version: ContractVersion, options: dict[str, Any]) -> dict[str, Any]:
        events = dict(told.partition("=")[::2] for told in options["event"])
        unknown = sorted(set(events) - set(Event))
        if unknown:
            raise CommandError(f"no event {', '.join(unknown)}; known are {', '.join(Event)}")
        if not options["payments"].is_file():
            raise CommandError(f"no file {options['payments']}")
        try:
            samples = read_samples_file(options["payments"])
            trial, wrong = read_trial(samples, score=options["score"], events=events)
            if trial is None:
                raise CommandError("\n".join(f"{name}: {why}" for name, why in wrong.items()))
            return try_out(version, trial)
        except (SamplesRefused, CannotTry) as refused:
            raise CommandError("\n".join(refused.reasons)) from refused
