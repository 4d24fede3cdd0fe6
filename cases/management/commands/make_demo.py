"""manage.py make_demo --cases 400 --days 30: accounts and a portfolio to look at, or only its files."""

import tempfile
from argparse import ArgumentParser
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cases.demo import agreements, care  # noqa: F401  (their parts of the staff's day)
from cases.demo.play import SOURCES, Staff, StoryBroken, play, write_files
from cases.models import ImportRun, Loan
from collection_ops.core import clock
from collection_ops.core.access import Role
from collection_ops.core.demo_accounts import DEMO_ACCOUNTS
from collection_ops.core.models import User
from collection_ops.core.services import audit_seal
from collection_ops.core.services.accounts import create_user
from collection_ops.core.services.calendar import is_business_day


class Command(BaseCommand):
    help = (
        "Creates the demo accounts and plays business days of an invented portfolio through the importer. "
        "The same size, seed and last day give the same files."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--cases", type=int, default=400, help="size of the book, about (default 400)")
        parser.add_argument("--days", type=int, default=30, help="business days of history (default 30)")
        parser.add_argument("--months", type=int, default=0, help="month-ends before those days (default none)")
        parser.add_argument("--seed", type=int, default=2026)
        parser.add_argument("--as-of", type=date.fromisoformat, help="last day; default: the latest business day")
        parser.add_argument(
            "--file-only", type=Path, metavar="DIR", help="write the days' files there and import nothing"
        )
        parser.add_argument("--force", action="store_true", help="also into a book that holds other sources' data")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["cases"] < 10 or options["days"] < 2:
            raise CommandError("At least 10 cases and 2 days; smaller ones show nothing.")
        now = clock.now()
        last = options["as_of"] or latest_business_day(clock.business_date(now))
        if last > clock.business_date(now):
            raise CommandError(f"--as-of {last} lies in the future; the story can be told up to today.")
        # One more than asked for: the last day's file is left waiting for the reader.
        days = business_days_until(last, options["days"] + 1)
        days = [*month_ends_before(days[0], options["months"]), *days]
        common = {"cases": options["cases"], "seed": options["seed"], "business_days": days}
        if options["file_only"]:
            written = write_files(folder=options["file_only"], **common)
            self.stdout.write(f"{len(written)} files in {options['file_only']}")
            return
        self._refuse_unless_empty(force=options["force"])
        staff = make_accounts()
        try:
            with tempfile.TemporaryDirectory(prefix="demo-") as folder:
                told = play(folder=Path(folder), staff=staff, now=now, say=self._say(options["verbosity"]), **common)
        except StoryBroken as broken:
            raise CommandError(f"The demo stopped: {broken}") from broken
        # The story writes what people looked at on days that are over: no minute run could have sealed that in its time.
        audit_seal.seal(now=clock.now(), everything=True)
        self.stdout.write(
            f"{told.runs} files with {told.rows} rows applied, {told.payments} payments, {told.explained} absences "
            f"explained, {told.moved} cases handed out; run {told.waiting[0]} waits for you."
        )

    def _refuse_unless_empty(self, *, force: bool) -> None:
        if ImportRun.objects.filter(source__code__in=SOURCES).exists():
            raise CommandError(
                f"The book already has files of the demo's own sources ({', '.join(SOURCES)}); their days cannot be played "
                "twice. Start afresh with `python3 start.py reset-demo`."
            )
        if not force and (Loan.objects.exists() or ImportRun.objects.exists()):
            raise CommandError(
                "The book is not empty: invented debts would stand among real ones. Use an empty database, or --force if "
                "this is a trial."
            )

    def _say(self, verbosity: int) -> Any:
        return self.stdout.write if verbosity > 1 else lambda _text: None


def make_accounts() -> Staff:
    """The accounts of `demo_accounts`; those that exist stay as they are."""
    people: dict[str, User] = {}
    for account in DEMO_ACCOUNTS:
        found = User.objects.filter(username__iexact=account.username).first()
        people[account.username] = found or create_user(
            username=account.username,
            display_name=account.display_name,
            password=account.password,
            roles=[Role(account.role)],
            unit=account.unit,
            actor=None,
        )
    collectors = [people[account.username] for account in DEMO_ACCOUNTS if account.role == Role.COLLECTOR]
    return Staff(clerk=people["clerk"], supervisor=people["supervisor"], collectors=collectors)


def latest_business_day(today: date) -> date:
    while not is_business_day(today):
        today -= timedelta(days=1)
    return today


def business_days_until(last: date, count: int) -> list[date]:
    """`count` days ending with `last`: that day itself, whatever it is, and business days before it."""
    days = [last]
    day = last
    while len(days) < count:
        day = latest_business_day(day - timedelta(days=1))
        days.append(day)
    return days[::-1]


def month_ends_before(day: date, months: int) -> list[date]:
    """The last business day of each of the `months` before the month of `day`, oldest first."""
    found: list[date] = []
    for _month in range(months):
        first = (found[0] if found else day).replace(day=1)
        found.insert(0, latest_business_day(first - timedelta(days=1)))
    return found
