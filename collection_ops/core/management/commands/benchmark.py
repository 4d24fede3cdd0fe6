"""`benchmark NAME`: measure an engine on this machine, in a database of its own. Exit code 0 when it was measured, whatever
came of it (each ratio says whether it holds), 2 when it could not be measured."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from collection_ops.core.benchmarks import Asked, BenchmarkFailed, Result, registered

FAILED = 2


class Command(BaseCommand):
    help = "Measure an engine against others and against a floor, on generated data in a temporary database"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", choices=list(registered()))
        parser.add_argument("--rows", type=_positive, default=100_000, help="default: 100000")
        parser.add_argument("--rounds", type=_positive, help="figures are medians of so many; default: what it takes")
        for benchmark in registered().values():
            for name, default in benchmark.options.items():
                parser.add_argument(f"--{name}", type=_positive, default=default, help=f"default: {default}")
        parser.add_argument("--json", action="store_true", help="print the result as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = registered()[options["name"]]
        asked = Asked(
            rows=options["rows"],
            rounds=options["rounds"],
            say=lambda line: self.stderr.write(line),
            options={name: options[name] for name in chosen.options},
        )
        try:
            result = chosen.measure(asked)
        except BenchmarkFailed as failure:
            self.stderr.write(str(failure))
            sys.exit(FAILED)
        if options["json"]:
            self.stdout.write(json.dumps(result.to_json(), ensure_ascii=False, indent=2))
        else:
            self._say(result)

    def _say(self, result: Result) -> None:
        for name, value in result.measures.items():
            self.stdout.write(f"  {name:<32} {value:>14,}")
        for name, ratio in result.ratios.items():
            self.stdout.write(
                f"  {name:<32} {ratio.value:>14,.2f}   {'ok ' if ratio.holds else 'NO '} target {ratio.target:g}"
            )


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number
