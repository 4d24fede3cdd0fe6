"""`load_returned FILE --agency CODE --kind contacts --day 2026-03-02 [--apply]`: a file back from an agency, read, and taken
in where asked, in this process.

Exit codes: 0 read, and taken in where asked · 1 refused as a whole · 2 some rows stay out.
"""

import json
import sys
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from collection_ops.core import clock
from vendors.models import Agency, ReturnedFile, ReturnedKind, ReturnedState, Verdict
from vendors.returns.export import sentence_of, sentences
from vendors.returns.files import apply_file, read_file, receive, request_apply
from vendors.returns.refusals import ReturnRefused

LEFT_OUT = 2
MOST_TOLD = 100


class Command(BaseCommand):
    help = (
        "Read a file back from an agency (the code of its desk): what would come in, what is known, what stays out and why. "
        "--apply takes in what is fine. The same file is read once."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--agency", required=True, help="code of its desk")
        parser.add_argument("--kind", required=True, choices=ReturnedKind.values)
        parser.add_argument("--day", type=date.fromisoformat, required=True, help="first day of the file, 2026-03-02")
        parser.add_argument("--last-day", type=date.fromisoformat, help="the first, if left out")
        parser.add_argument("--apply", action="store_true")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        agency = Agency.objects.select_related("desk").filter(desk__code=options["agency"]).first()
        if agency is None:
            raise CommandError(f"no agency with the code {options['agency']!r}")
        try:
            file = self._loaded(agency, options)
        except (ReturnRefused, OSError) as refused:
            raise CommandError(str(refused)) from refused
        if file.state == ReturnedState.REFUSED:
            raise CommandError(sentence_of(file.refusal))
        told = told_of(file)
        lines = [f"{file.number} {told['state']}: {told['counts']}", *told["left_out"]]
        self.stdout.write(json.dumps(told, ensure_ascii=False, indent=1) if options["json"] else "\n".join(lines))
        if file.counts.get(Verdict.REFUSED):
            sys.exit(LEFT_OUT)

    def _loaded(self, agency: Agency, options: dict[str, Any]) -> ReturnedFile:
        now = clock.database_now()
        with options["file"].open("rb") as content:
            file = receive(
                file=content, file_name=options["file"].name, agency=agency, kind=options["kind"],
                first_day=options["day"], last_day=options["last_day"] or options["day"], actor=None, now=now,
                enqueue=False,
            )  # fmt: skip
        file = read_file(file=file, now=now)
        if options["apply"] and file.state == ReturnedState.PREVIEW:
            file = apply_file(file=request_apply(file=file, actor=None, now=now, enqueue=False), now=now)
        return file


def told_of(file: ReturnedFile) -> dict[str, Any]:
    rows = file.rows.filter(verdict=Verdict.REFUSED).order_by("pk")[:MOST_TOLD]
    return {
        "file": file.number, "agency": file.agency.desk.code, "kind": file.kind, "state": str(file.state),
        "counts": {str(name): count for name, count in file.counts.items()},
        "left_out": [sentence for row in rows for sentence in sentences(row)],
    }  # fmt: skip
