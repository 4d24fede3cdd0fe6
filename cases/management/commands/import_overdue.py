"""`import_overdue FILE --source CODE --as-of DATE`: the whole importer without a browser.

This is the door of whoever runs the server: a file outside the guard rails of its source is applied all the same, and
what it was outside of is printed and kept. It stops where control totals that were given do not agree, and with `--hold`
at every rail.

Exit codes: 0 applied or previewed · 2 refused, the reason is among the problems · 3 waiting for an answer (questions) ·
1 a fault of ours.
"""

import argparse
import sys
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cases.imports import run as runs
from cases.imports.booking.book_hash import book_hash
from cases.imports.refusals import RunRefused
from cases.imports.report import dumps, problems_of, refusal_report, report
from cases.models import ImportRun, Layout, RunKind, RunState, Source
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


def password_in(file: str | None) -> str:
    """The first line of the file. Never an argument: every user of the machine sees those in the list of processes."""
    if not file:
        return ""
    try:
        text = sys.stdin.readline() if file == "-" else Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as unreadable:
        raise CommandError(f"cannot read the password from {file}") from unreadable
    return text.splitlines()[0] if text else ""


def yuan(text: str) -> Decimal:
    """An amount with at most two places, as control totals are compared exactly."""
    try:
        amount = Decimal(text.replace(",", ""))
    except InvalidOperation as wrong:
        raise argparse.ArgumentTypeError(f"{text!r} is not an amount") from wrong
    if not amount.is_finite() or amount != amount.quantize(Decimal("0.01")):
        raise argparse.ArgumentTypeError(f"{text!r} is not an amount in yuan with two places")
    return amount.quantize(Decimal("0.01"))


def answer(text: str) -> tuple[str, str]:
    key, found, value = text.rpartition("=")
    if not found or not key or not value:
        raise argparse.ArgumentTypeError(f"{text!r} is not KEY=VALUE")
    return key, value


def said_amount(figure: dict[str, Any]) -> str:
    return f"{figure['amount']:,}" if "amount" in figure else ""


class Command(BaseCommand):
    help = "Read an overdue file, compare it with the book, and apply it when asked to."
    kind = RunKind.OVERDUE
    needs_day = True

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="xlsx, xlsm, xls, et, csv, tsv or txt")
        parser.add_argument("--source", required=True, metavar="CODE", help="code of the data source (see add_source)")
        parser.add_argument(
            "--as-of", required=self.needs_day, type=date.fromisoformat, metavar="DATE", help="day of the data"
        )
        parser.add_argument("--layout", type=int, metavar="ID", help="use this saved layout")
        parser.add_argument("--apply", action="store_true", help="write the book; without it only a preview is made")
        parser.add_argument("--accept-good-rows", action="store_true", help="apply although some rows are rejected")
        parser.add_argument(
            "--password-file", metavar="FILE", help="holds the workbook's password; - for standard input"
        )
        parser.add_argument("--hold", action="store_true", help="do not apply outside the guard rails of the source")
        parser.add_argument(
            "--expect-rows", type=int, metavar="N", help="control total: apply only if the file has N rows"
        )
        parser.add_argument(
            "--expect-total", type=yuan, metavar="YUAN", help="control total: the overdue total, exactly"
        )
        parser.add_argument(
            "--answer",
            action="append",
            type=answer,
            default=[],
            metavar="KEY=VALUE",
            help="answer a question beforehand, e.g. standing=correction, standing=history, no_rows=all_absent",
        )
        parser.add_argument("--actor", metavar="USERNAME", help="the person on whose behalf; default: the system")
        parser.add_argument("--json", action="store_true", help="print everything as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        options["as_of"] = options["as_of"] or clock.business_date(clock.now())
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
            kind=self.kind,
            apply=options["apply"],
            accept_good_rows=options["accept_good_rows"],
            layout=layout,
            password=password_in(options["password_file"]),
            hold=options["hold"],
            expected_rows=options["expect_rows"],
            expected_total=options["expect_total"],
            answers=dict(options["answer"]),
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
            self.stdout.write(f"  {kind:<15} {figure['count']:>8} {said_amount(figure):>20}".rstrip())
        for question in said["questions"]:
            self.stdout.write(f"  ? {question['key']}: {question['message']}")
            for option in question["options"]:
                self.stdout.write(f"      {option['value']}: {option['label']}")
        for finding in said["findings"]:
            self.stdout.write(f"  ! {finding['message']}")
        for number, problem in enumerate(problems_of(run)):
            if number == 20:
                self.stdout.write("  …")
                break
            self.stdout.write(f"  [{problem.severity}] {problem.message}")
