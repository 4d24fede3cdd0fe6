"""The daily import by itself: a folder per source is looked into from its hour on, business days only.

    <INTAKE_INBOX>/<source code>/           what the other system (or an SFTP server) puts there
    <INTAKE_INBOX>/<source code>/.taken/    taken by us, on its way into the store
    <INTAKE_INBOX>/<source code>/refused/   what could not be read, with the reason beside it

Books of the day, repayment files and complaint ledgers lie in the same folder; which of them a file is, its headings tell.
A file with nothing wrong in it and inside the guard rails of its source is applied without a person; anything else waits
for one and people are told. One file of a source at a time, oldest name first: a day that waits is not overtaken by the
next. When nothing has come by the time it should have, people are told once.
"""

import logging
import os
import re
import secrets
import shutil
from datetime import date, datetime, timedelta
from pathlib import Path, PurePath

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from cases.imports import run as runs
from cases.imports.cleaning.clean import clean_date
from cases.imports.kinds import loose_kinds
from cases.imports.limits import read_limits
from cases.imports.preview import understand_file
from cases.imports.reading.read import WorkbookData, read_file
from cases.imports.refusals import RunRefused
from cases.imports.storing import stored_path
from cases.imports.telling import tell
from cases.imports.words.problems import FileRefused, render
from cases.models import ImportRun, RunState, Source
from cases.selectors_inbox import source_health
from collection_ops.core import clock
from collection_ops.core.access import users_with
from collection_ops.core.models import Notification
from collection_ops.core.services.calendar import is_business_day
from collection_ops.core.services.notifications import notify

logger = logging.getLogger(__name__)

TRY_LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('cases_intake'))"
QUIET_SECONDS = 30  # a file that changed since may still be on its way
LOST_AFTER = timedelta(minutes=10)  # taken, and never received: its worker died
_MOST_NAME_BYTES = 200
_UNFINISHED = (".tmp", ".part", ".partial", ".filepart", ".crdownload", ".swp")
_ON_ITS_WAY = (
    RunState.UPLOADED, RunState.READING, RunState.ASKING, RunState.PREVIEW, RunState.SUBMITTED, RunState.APPLYING,
)  # fmt: skip
_DATE_IN_NAME = re.compile(r"(?<!\d)(20\d{2})[-_.年]?(\d{1,2})[-_.月]?(\d{1,2})(?!\d)")


def poll(*, now: datetime) -> list[ImportRun]:
    """Take what lies ready in the inboxes whose hour has come. Two beats at once: one works, the other does nothing."""
    if not is_business_day(clock.business_date(now)):
        return []
    received = []
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(TRY_LOCK)
            if not cursor.fetchone()[0]:
                return []
        hour = timezone.localtime(now).time()
        for source in Source.objects.filter(is_active=True, poll_from__lte=hour).order_by("code"):
            if (run := _poll_source(source, now)) is not None:
                received.append(run)
        _tell_what_is_late(now)
    return received


def inbox_of(source: Source) -> Path:
    """The source's folder. Codes hold letters, digits, - and _ only, so the path stays inside the inbox."""
    return Path(settings.INTAKE_INBOX) / source.code


def _poll_source(source: Source, now: datetime) -> ImportRun | None:
    folder = inbox_of(source)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    here = clock.now()  # files carry the time of this machine, `now` is the database's
    _put_lost_back(folder, here)
    on_its_way = ImportRun.objects.filter(source=source, origin="inbox", state__in=_ON_ITS_WAY)
    # Money and complaints have no order of days: a file of them that waits for a person keeps no book waiting.
    if on_its_way.exclude(kind__in=loose_kinds(), state__in=[RunState.ASKING, RunState.PREVIEW]).exists():
        return None
    for path in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if not _is_ready(path, here):
            continue
        taken = _take(path)
        if taken is None:
            continue
        return _receive(source, taken, name=path.name, now=now)
    return None


def _is_ready(path: Path, now: datetime) -> bool:
    if path.name.startswith((".", "~$")) or path.name.lower().endswith(_UNFINISHED):
        return False
    if path.is_symlink() or not path.is_file():  # a link may lead anywhere
        return False
    status = path.stat()
    return now.timestamp() - max(status.st_mtime, status.st_ctime) >= QUIET_SECONDS and status.st_size > 0


def _take(path: Path) -> Path | None:
    """Rename the file into `.taken`; of two who try, one succeeds. The name keeps the original one for putting back."""
    folder = path.parent / ".taken"
    folder.mkdir(mode=0o700, exist_ok=True)
    taken = folder / f"{secrets.token_hex(8)}-{_shortened(path.name)}"
    try:
        os.rename(path, taken)  # noqa: PTH104  atomic within one file system, which is the point
    except FileNotFoundError:
        return None
    os.utime(taken)  # from here on its time says when it was taken
    return taken


def _shortened(name: str) -> str:
    """A file name of which something may be put before and behind: a file system allows 255 bytes, a Chinese character
    takes three. The ending stays, since it tells the format."""
    ending = PurePath(name).suffix.encode()[:_MOST_NAME_BYTES]
    start = name.encode("utf-8", "surrogateescape")
    if len(start) > _MOST_NAME_BYTES:
        start = start[: _MOST_NAME_BYTES - len(ending)] + ending
    return start.decode("utf-8", "ignore")


def _put_lost_back(folder: Path, now: datetime) -> None:
    """What was taken and never received goes back to the inbox. Was it received after all, its hash tells."""
    taken = folder / ".taken"
    if not taken.is_dir():
        return
    for path in taken.iterdir():
        if now.timestamp() - path.stat().st_mtime >= LOST_AFTER.total_seconds():
            os.rename(path, folder / path.name.partition("-")[2])  # noqa: PTH104


def _receive(source: Source, taken: Path, *, name: str, now: datetime) -> ImportRun | None:
    with taken.open("rb") as file:
        try:
            run = runs.receive(
                file=file,
                file_name=name,
                source=source,
                as_of=as_of_of(source, taken, name=name, now=now),
                actor=None,
                now=now,
                kind="",
                origin="inbox",
            )
        except RunRefused as refusal:
            # No room on the disk. The file goes back for the next round, and other sources are still looked into.
            logger.error("file of the inbox not stored", extra={"source": source.code, "code": refusal.code})
            os.rename(taken, inbox_of(source) / name)  # noqa: PTH104
            return None
    # What was too large to be stored is put aside itself, a copy of the rest: nothing a system sent is thrown away.
    transaction.on_commit(
        lambda: taken.unlink(missing_ok=True) if run.stored_name else os.replace(taken, _place_aside(run))  # noqa: PTH105
    )
    if run.state == RunState.REFUSED:
        go_on(run=run, now=now)
    return run


def as_of_of(source: Source, path: Path, *, name: str, now: datetime) -> date:
    """The day a file is for: its data-date column, its title, its name (逾期明细20260331), else today's business date."""
    try:
        workbook = read_file(path, limits=read_limits())
    except FileRefused:
        stated = None  # the reading of the run will say what is wrong
    else:
        stated = _stated_in(workbook, source)
    return stated or date_in_name(name) or clock.business_date(now)


def _stated_in(workbook: WorkbookData, source: Source) -> date | None:
    kind, understanding = understand_file(workbook, source=source)
    for column in understanding.columns_of(kind.catalogue.date_field or ""):
        rows = workbook.sheets[understanding.sheet_index].rows[understanding.first_index :]
        for row in rows[:100]:
            if column.index < len(row) and isinstance(found := clean_date(row[column.index]).value, date):
                return found
    return understanding.stated_date


def date_in_name(name: str) -> date | None:
    """2026-03-31 in «逾期明细20260331 (1).xlsx», «2026.3.31 逾期.csv»; None when no day of the calendar is named."""
    for found in _DATE_IN_NAME.finditer(name):
        try:
            return date(int(found[1]), int(found[2]), int(found[3]))
        except ValueError:
            continue
    return None


# After the reading --------------------------------------------------------------------------------------------------


def go_on(*, run: ImportRun, now: datetime) -> None:
    """Decide what becomes of a file that came by itself: applied, waiting for a person, or put aside."""
    if run.state == RunState.REFUSED:
        _put_aside(run)
        _tell(run, "import.refused", capability="imports.upload", level="danger", code=run.refusal.get("code", ""))
    elif run.state == RunState.ASKING:
        _tell(run, "import.asking", capability="imports.upload", level="warning", questions=len(run.questions))
    elif run.state == RunState.PREVIEW:
        if may_apply_by_itself(run):
            try:
                runs.request_apply(run=run, actor=None, now=now)
            except RunRefused:
                tell_that_it_waits(run=run)
        else:
            tell_that_it_waits(run=run)


def may_apply_by_itself(run: ImportRun) -> bool:
    """No error, no question, and inside every guard rail of its source."""
    return not run.problem_counts.get("error") and not run.questions and not run.guard_findings


def tell_that_it_waits(*, run: ImportRun) -> None:
    """A preview that came by itself waits for somebody who may apply it; outside the guard rails supervisors are told,
    too, since they may let it in."""
    run.refresh_from_db()
    if run.guard_findings:
        people = users_with("imports.apply") | users_with("imports.approve")
        tell(run, "import.held", users=people.distinct(), level="warning", findings=len(run.guard_findings))
    else:
        errors = run.problem_counts.get("error", 0)
        _tell(run, "import.waiting", capability="imports.apply", level="warning", errors=errors)


def _tell(run: ImportRun, kind: str, *, capability: str, level: str, **params: object) -> None:
    tell(run, kind, users=users_with(capability), level=level, **params)


def _tell_what_is_late(now: datetime) -> None:
    """Once a day and source: nothing has come though it should have. Under the lock of the poll."""
    for late in source_health(now=now, today=clock.business_date(now)):
        if not late.is_late or late.source.poll_from is None:
            continue
        params = {
            "source": late.source.name,
            "by": f"{late.source.expected_by:%H:%M}",
            "day": f"{clock.business_date(now)}",
        }
        if not Notification.objects.filter(kind="import.late", params=params).exists():
            notify(users=users_with("imports.upload"), kind="import.late", params=params, level="warning")


def _put_aside(run: ImportRun) -> None:
    """A copy beside the inbox, with the reason, for whoever looks after the sending system."""
    place = _place_aside(run)
    if run.stored_name and stored_path(run).is_file():
        shutil.copyfile(stored_path(run), place)
    code = run.refusal.get("code", "")
    place.with_name(f"{place.name}.txt").write_text(
        f"{code}: {render(code, run.refusal.get('params', {}))}\n", encoding="utf-8"
    )


def _place_aside(run: ImportRun) -> Path:
    folder = inbox_of(run.source) / "refused"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / f"{run.pk}-{_shortened(run.file_name)}"
