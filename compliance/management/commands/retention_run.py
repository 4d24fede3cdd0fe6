"""`retention_run [--json]`: which records are past their time, what would be removed, what is spared and why.

Shows only; removing takes a draft that somebody proposes and somebody else approves (page 保存与删除).
Exit codes: 0 · 1 no rule says how long records are kept.
"""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from collection_ops.core import clock
from compliance.keeping.refusals import KeepingRefused
from compliance.keeping.runs import preview
from compliance.keeping.texts import REASONS
from compliance.models import RetentionKind


class Command(BaseCommand):
    help = "Show which records are past their retention, and what is spared"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            figures = preview(now=clock.now())
        except KeepingRefused as refused:
            raise CommandError(str(refused)) from refused
        if options["json"]:
            self.stdout.write(json.dumps(figures, ensure_ascii=False, indent=2))
            return
        self.stdout.write(f"{figures['rule']}: {figures['years']} years, kept from {figures['first_kept']}")
        for kind, row in figures["kinds"].items():
            spared = ", ".join(f"{REASONS[why]} {count}" for why, count in row["spared"].items())
            self.stdout.write(
                f"  {RetentionKind(kind).label}: {row['count']} ({row['oldest']} – {row['newest']}) {spared}"
            )
