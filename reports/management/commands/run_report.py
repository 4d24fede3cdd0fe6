"""`run_report KIND --first DAY --last DAY`: one regular report; `--from DAY --to DAY`: every one of that range."""

import json
from datetime import date, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from collection_ops.core import clock
from reports.models import ReportRun
from reports.regular.kinds import KINDS
from reports.regular.making import Made, ReportRefused, make_report
from reports.regular.periods import Period, last_complete
from reports.regular.schedule import back_fill, periods_to_fill


class Command(BaseCommand):
    help = "Make regular reports and keep them; the same kind, days and --known-by give the same hash"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", choices=sorted(KINDS))
        parser.add_argument(
            "--first", type=date.fromisoformat, metavar="DATE", help="default: the last complete period"
        )
        parser.add_argument("--last", type=date.fromisoformat, metavar="DATE")
        parser.add_argument(
            "--from", dest="range_first", type=date.fromisoformat, metavar="DATE", help="back-fill: from"
        )
        parser.add_argument("--to", dest="range_last", type=date.fromisoformat, metavar="DATE", help="back-fill: to")
        parser.add_argument(
            "--jobs", action="store_true", help="back-fill in the background, on the queue of the reports"
        )
        parser.add_argument("--known-by", type=datetime.fromisoformat, metavar="MOMENT", help="as it was known then")
        parser.add_argument("--json", action="store_true", help="for a program, with the whole content")

    def handle(self, *_args: Any, **options: Any) -> None:
        now, kind = clock.database_now(), options["kind"]
        known_by = options["known_by"] or now
        if known_by.tzinfo is None:
            raise CommandError("--known-by needs an offset, as in 2026-04-01T09:30:00+08:00")
        if options["jobs"]:
            if not (options["range_first"] and options["range_last"]):
                raise CommandError("--jobs needs --from and --to")
            jobs = back_fill(
                kind=kind, first=options["range_first"], last=options["range_last"], known_by=known_by, actor=None
            )
            self.stdout.write(f"{len(jobs)} jobs")
            return
        made = [self._make(kind, period, known_by, now) for period in self._periods(kind, options, known_by)]
        if options["json"]:
            self.stdout.write(json.dumps([_told(one.run) for one in made], ensure_ascii=False))
            return
        for one in made:
            run = one.run
            word = "made" if one.is_new else "the same"
            self.stdout.write(f"{run.kind} {run.first} – {run.last}: #{run.pk} {run.digest} {word}")

    def _periods(self, kind: str, options: dict[str, Any], known_by: datetime) -> list[Period]:
        first, last = options["range_first"], options["range_last"]
        if first or last:
            if not (first and last):
                raise CommandError("--from and --to go together")
            return periods_to_fill(kind, first, last)
        if options["first"] or options["last"]:
            first = options["first"] or options["last"]
            return [Period(first, options["last"] or first)]
        return [last_complete(KINDS[kind].rhythm, clock.business_date(known_by))]

    def _make(self, kind: str, period: Period, known_by: datetime, now: datetime) -> Made:
        try:
            return make_report(kind=kind, first=period.first, last=period.last, known_by=known_by, actor=None, now=now)
        except ReportRefused as refused:
            raise CommandError(str(refused)) from refused


def _told(run: ReportRun) -> dict[str, Any]:
    return {
        "id": run.pk,
        "kind": run.kind,
        "first": run.first.isoformat(),
        "last": run.last.isoformat(),
        "as_of": run.as_of.isoformat() if run.as_of else None,
        "known_by": run.known_by.isoformat(),
        "definitions": run.definitions,
        "digest": run.digest,
        "content": run.content,
    }
