"""`import_overdue FILE --source CODE --as-of DATE`: the whole importer without a browser.

Exit codes: 0 applied or previewed · 2 refused, the reason is among the problems · 3 waiting for an answer (questions) ·
1 a fault of ours.
"""

import sys
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cases.imports import run as runs
from cases.imports.book_hash import book_hash
from cases.imports.refusals import RunRefused
from cases.imports.report import dumps, problems_of, refusal_report, report
from cases.models import ImportRun, Layout, RunState, Source
from collection_ops.core import clock
from collection_ops.core.models import User

REFUSED, ASKING = 2, 3


def actor_named(username: str | None) -> User | None:
    """The person a command acts for; None is the system itself."""
    if not username:
        return None
    try:
        return User.objects.get(username__iexact=username, is_active=True)
    except User.DoesNotExist as unknown:
        raise CommandError(f"no active user {username!r}") from unknown


class Command(BaseCommand):
    help = "Read an overdue file, compare it with the book, and apply it when asked to."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="xlsx, xls or csv")
        parser.add_argument("--source", required=True, metavar="CODE", help="code of the data source (see add_source)")
        parser.add_argument("--as-of", required=True, type=date.fromisoformat, metavar="DATE", help="day of the data")
        parser.add_argument("--layout", type=int, metavar="ID", help="use this saved layout")
        parser.add_argument("--apply", action="store_true", help="write the book; without it only a preview is made")
        parser.add_argument("--accept-good-rows", action="store_true", help="apply although some rows are rejected")
        parser.add_argument("--actor", metavar="USERNAME", help="the person on whose behalf; default: the system")
        parser.add_argument("--json", action="store_true", help="print everything as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            run = self._import(options)
        except RunRefused as refusal:
            self._say_refusal(refusal, options)
            sys.exit(REFUSED)
        if options["json"]:
            self.stdout.write(dumps(report(run, book_hash=book_hash())))
        else:
            self._say(run)
        sys.exit(self._exit_code(run, wanted_apply=options["apply"]))

    def _import(self, options: dict[str, Any]) -> ImportRun:
        source = Source.objects.filter(code=options["source"]).first()
        if source is None:
            raise RunRefused("source_unknown", source=options["source"])
        if not source.is_active:
            raise RunRefused("source_inactive", source=source.code)
        if not options["file"].is_file():
            raise RunRefused("file_not_found", file=str(options["file"]))
        layout = None
        if options["layout"] is not None:
            layout = Layout.objects.filter(pk=options["layout"], source=source).first()
            if layout is None:
                raise RunRefused("layout_does_not_fit")
        return runs.import_file(
            path=options["file"],
            source=source,
            as_of=options["as_of"],
            actor=actor_named(options["actor"]),
            now=clock.now(),
            apply=options["apply"],
            accept_good_rows=options["accept_good_rows"],
            layout=layout,
        )

    def _exit_code(self, run: ImportRun, *, wanted_apply: bool) -> int:
        if run.state == RunState.ASKING:
            return ASKING
        if run.state == RunState.REFUSED or (wanted_apply and run.state != RunState.APPLIED):
            return REFUSED
        return 0

    def _say_refusal(self, refusal: RunRefused, options: dict[str, Any]) -> None:
        if options["json"]:
            known = {"source": options["source"], "as_of": options["as_of"].isoformat(), "file": options["file"].name}
            self.stdout.write(dumps(refusal_report(refusal, **known)))
        else:
            self.stderr.write(refusal.message)

    def _say(self, run: ImportRun) -> None:
        said = report(run)
        self.stdout.write(f"#{run.pk} {run.get_state_display()} · {run.file_name} · {run.as_of}")
        if run.row_counts:
            self.stdout.write("  ".join(f"{name} {count}" for name, count in said["rows"].items()))
        for kind, figure in said["differences"].items():
            self.stdout.write(f"  {kind:<15} {figure['count']:>8} {figure['amount']:>20,}")
        for question in said["questions"]:
            self.stdout.write(f"  ? {question['key']}: {question['message']}")
        for number, problem in enumerate(problems_of(run)):
            if number == 20:
                self.stdout.write("  …")
                break
            self.stdout.write(f"  [{problem.severity}] {problem.message}")
