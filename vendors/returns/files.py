"""A returned file as a document: received, read into rows with their verdicts, brought into the book once, or given up.

    receive → read_file (job) → preview → request_apply → apply_file (job)
                              ↘ refused          ↘ discard

Reading again forgets the rows of the reading before; applying decides again from what is known then, in one transaction.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Any, BinaryIO

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.imports.judging.result import CleanRow
from cases.imports.staging.copying import copy_rows
from cases.imports.words.problems import Problem
from collection_ops.core import clock, private_files
from collection_ops.core.access import has, users_with
from collection_ops.core.crypto import decrypt, encrypt_all
from collection_ops.core.models import Job, JobState, User
from collection_ops.core.private_files import FileTooLarge, NoRoom, StoredFile, kept_with_its_row, shown_name
from collection_ops.core.services import audit, jobs
from collection_ops.core.services.notifications import notify
from compliance.complaints.conflicts import HANDLE
from compliance.models import AgencyFeed
from vendors.models import Agency, ReturnedFile, ReturnedKind, ReturnedRow, ReturnedState, Verdict
from vendors.returns import writing
from vendors.returns.claims import match_claims, take_turn
from vendors.returns.decide import Decision, Row, told_through
from vendors.returns.gather import judged
from vendors.returns.reading import Unreadable, as_rows, day_of, packed, read_returned, said_of, unpacked
from vendors.returns.refusals import ReturnRefused

LOAD = "returns.load"
FOLDER = "returns"
READ_JOB, APPLY_JOB = "vendors.returned_read", "vendors.returned_apply"
_ENDED = (JobState.FAILED, JobState.DEAD)


def receive(
    *,
    file: BinaryIO,
    file_name: str,
    agency: Agency,
    kind: ReturnedKind | str,
    first_day: date,
    last_day: date,
    actor: User | None,
    now: datetime,
    enqueue: bool = True,
) -> ReturnedFile:
    """Keep the file; a job reads it (without `enqueue` the caller does). Raises ReturnRefused: no right, days that cannot
    be, too large, no room, known."""
    _require(actor)
    if first_day > last_day:
        raise ReturnRefused(_("所属日期止不能早于起"), "last_day")
    if last_day > clock.business_date(now):
        raise ReturnRefused(_("所属日期不能晚于今天"), "last_day")
    stored = _stored(file)
    with kept_with_its_row(stored), transaction.atomic():
        take_turn(agency.pk)
        _refuse_again(agency, kind, stored)
        row = ReturnedFile.objects.create(
            agency=agency, kind=kind, first_day=first_day, last_day=last_day, file_name=shown_name(file_name),
            stored_name=stored.name, size=stored.size, sha256=stored.sha256, uploaded_by=actor, uploaded_at=now,
        )  # fmt: skip
        data = {"agency": agency.pk, "kind": str(kind), "sha256": stored.sha256, "size": stored.size}
        audit.record(action="returned.received", actor=actor, obj=row, data=data)
        if enqueue:
            row.job = _enqueue(READ_JOB, row, actor)
            row.save(update_fields=["job"])
    return row


def _stored(file: BinaryIO) -> StoredFile:
    most = settings.UPLOAD_MAX_BYTES
    try:
        return private_files.write(file, folder=FOLDER, most_bytes=most)
    except FileTooLarge as error:
        raise ReturnRefused(
            _("文件超过 %(megabytes)s MB，请按日期拆分后上传") % {"megabytes": most // (1 << 20)}, "file"
        ) from error
    except NoRoom as error:
        raise ReturnRefused(
            _("服务器的存储空间不足，文件没有保存。请联系系统管理员腾出空间，再上传一次"), "file"
        ) from error


def _refuse_again(agency: Agency, kind: str, stored: StoredFile) -> None:
    """In the agency's turn, so that of two who send it at once the second is told, too."""
    same = ReturnedFile.objects.filter(agency=agency, kind=kind, sha256=stored.sha256)
    before = same.exclude(state__in=[ReturnedState.REFUSED, ReturnedState.DISCARDED]).first()
    if before is not None:
        day = clock.business_date(before.uploaded_at).isoformat()
        said = {"number": before.number, "day": day, "state": before.get_state_display()}
        raise ReturnRefused(
            _("这份文件已于 %(day)s 上传（%(number)s，%(state)s），不重复读取") % said, "file", "known_file"
        )


def _enqueue(kind: str, file: ReturnedFile, actor: User | None) -> Job:
    title = f"{file.agency.name} {file.get_kind_display()} {file.number}"
    return jobs.enqueue(kind=kind, params={"file": file.pk}, actor=actor, title=title, queue="imports")


# Reading ------------------------------------------------------------------------------------------------------------


def read_file(*, file: ReturnedFile, now: datetime) -> ReturnedFile:
    """Bring an uploaded file to its preview, or refuse it. One that is past reading is left as it is."""
    if file.state != ReturnedState.READING:
        return file
    path = private_files.path_of(file.stored_name, folder=FOLDER)
    today = clock.business_date(now)
    try:
        read = read_returned(path, kind=file.kind, today=today)
    except Unreadable as refused:
        with transaction.atomic():
            locked = _locked(file)
            if locked.state == ReturnedState.READING:
                locked.refusal = _finding(refused.problem)
                _move(locked, ReturnedState.REFUSED, "refusal")
                data = {"code": refused.problem.code}
                audit.record(action="returned.refused", actor=file.uploaded_by, obj=file, data=data, outcome="failed")
        return locked
    with transaction.atomic():
        locked = _locked(file)
        if locked.state != ReturnedState.READING:
            return locked
        decided = judged(file.kind, as_rows(read.good, file.kind), locked.agency, now=now)
        locked.rows.all().delete()
        _stage(locked, _lines(locked, read.good, decided, read.bad, read.problems))
        locked.counts = {**_counts(decided, len(read.bad)), "outside": _outside(locked, read.good)}
        locked.notes = [_finding(one) for one in read.notes]
        _move(locked, ReturnedState.PREVIEW, "counts", "notes")
    return locked


def _finding(problem: Problem) -> dict[str, Any]:
    return {"code": problem.code, "sheet": problem.sheet, "column": problem.column, "value": problem.value,
            "params": dict(problem.params), "severity": problem.severity}  # fmt: skip


_COLUMNS = (
    "file_id", "sheet", "number", "contract_no", "reference", "happened_on", "amount", "verdict", "reasons", "sealed",
    "case_id",
)  # fmt: skip


def _stage(file: ReturnedFile, lines: Iterable[Sequence[Any]]) -> None:
    copy_rows(table=ReturnedRow._meta.db_table, columns=_COLUMNS, rows=lines)


def _lines(
    file: ReturnedFile,
    good: Sequence[CleanRow],
    decided: Sequence[Decision],
    bad: Sequence[CleanRow],
    problems: Any,
) -> Iterator[Sequence[Any]]:
    """In the order of the file. Of a row that stays out nothing is kept but what tells which it is."""
    sealed = encrypt_all(
        [
            packed(said_of(row, file.kind)) if one.verdict == Verdict.FINE else ""
            for row, one in zip(good, decided, strict=True)
        ]
    )
    lines = [
        (row, one.verdict, [*_own(one, row), *_warned(row, problems)], text, one.case_id)
        for row, one, text in zip(good, decided, sealed, strict=True)
    ]
    lines += [(row, Verdict.REFUSED.value, _warned(row, problems), "", None) for row in bad]
    for row, verdict, reasons, text, case in sorted(lines, key=lambda line: (line[0].sheet, line[0].row)):
        values = row.values
        yield (
            file.pk, row.sheet[:64], row.row, (values["contract_no"] or "")[:64], (values["reference"] or "")[:64],
            day_of(row, file.kind), values.get("amount"), verdict, _as_json(reasons), text, case,
        )  # fmt: skip


def _own(one: Decision, row: CleanRow) -> list[dict[str, Any]]:
    if one.reason is None:
        return []
    found = one.reason
    return [_finding(Problem(row.sheet, row.row, "", found.value, found.code, "error", found.params))]


def _warned(row: CleanRow, problems: Any) -> list[dict[str, Any]]:
    return [_finding(one) for one in problems.get((row.sheet, row.row), ())]


def _as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, cls=DjangoJSONEncoder).replace("\\u0000", "")


def _counts(decided: Sequence[Decision], bad: int) -> dict[str, int]:
    found = Counter(one.verdict for one in decided)
    found[Verdict.REFUSED.value] += bad
    return {verdict: found[verdict] for verdict in (Verdict.FINE, Verdict.KNOWN, Verdict.REFUSED, Verdict.DONE)}


def _outside(file: ReturnedFile, good: Sequence[CleanRow]) -> int:
    """Rows of other days than the file is for; they are taken all the same, and told."""
    if file.kind == ReturnedKind.PROMISES:
        return 0
    days = [day_of(row, file.kind) for row in good]
    return sum(1 for day in days if day is not None and not file.first_day <= day <= file.last_day)


# Into the book ------------------------------------------------------------------------------------------------------


def request_apply(*, file: ReturnedFile, actor: User | None, now: datetime, enqueue: bool = True) -> ReturnedFile:
    """Bring the rows that are fine into the book, as a job; again where an earlier job did not come to its end. Without
    `enqueue` the caller does it."""
    _require(actor)
    with transaction.atomic():
        locked = _locked(file)
        stuck = locked.state == ReturnedState.APPLYING and locked.job is not None and locked.job.state in _ENDED
        if locked.state != ReturnedState.PREVIEW and not stuck:
            raise ReturnRefused(_("文件现在是“%(state)s”，不能入库") % {"state": locked.get_state_display()})
        if not locked.counts.get(Verdict.FINE) and locked.kind != ReturnedKind.CONTACTS:
            raise ReturnRefused(_("没有可入库的行"))
        locked.applied_by = actor
        locked.job = _enqueue(APPLY_JOB, locked, actor) if enqueue else None
        _move(locked, ReturnedState.APPLYING, "job", "applied_by")
        audit.record(action="returned.apply_asked", actor=actor, obj=locked, data=dict(locked.counts))
    return locked


PIECE = 1_000
"""So many contacts come in at once: whom they are about is held meanwhile, and whoever wants to call such a person waits."""


def apply_file(
    *, file: ReturnedFile, now: datetime, progress: Callable[[int, int], None] = lambda _done, _all: None
) -> ReturnedFile:
    """In one transaction; contacts in pieces, each in its own, and with the last the agency counts as heard. A file that is
    in already stays as it is; one that was broken off goes on where it stood. `progress` is told, between the pieces, how
    many rows of how many are in."""
    if file.kind == ReturnedKind.CONTACTS:
        many = file.rows.filter(verdict=Verdict.FINE).count()
        for piece in count(1):
            progress(min((piece - 1) * PIECE, many), many)
            if not _apply_piece(file, now):
                break
    with transaction.atomic():
        take_turn(file.agency_id)
        locked = _locked(file)
        if locked.state == ReturnedState.APPLIED:
            return locked
        if locked.state != ReturnedState.APPLYING:
            raise ReturnRefused(_("文件现在是“%(state)s”，不能入库") % {"state": locked.get_state_display()})
        _take_in(locked, _kept_rows(locked), now, _told_until(locked))
        _close(locked, now)
    return locked


def _apply_piece(file: ReturnedFile, now: datetime) -> bool:
    """Whether there may be more. What it tells of persons is counted at once; that nothing is missing, is not said yet."""
    with transaction.atomic():
        take_turn(file.agency_id)
        locked = _locked(file)
        if locked.state != ReturnedState.APPLYING:
            return False
        rows = _kept_rows(locked, most=PIECE)
        if rows:
            _take_in(locked, rows, now, _heard(locked))
    return len(rows) == PIECE


def _take_in(file: ReturnedFile, rows: Sequence[Row], now: datetime, told_until: datetime) -> None:
    decided = judged(file.kind, rows, file.agency, now=now)
    fine = [one for one in decided if one.verdict == Verdict.FINE]
    writing.write(file.kind, fine, writing.Sender(file.agency, now, file, file.applied_by, told_until))
    _write_verdicts(file, decided)


def _kept_rows(file: ReturnedFile, *, most: int | None = None) -> list[Row]:
    """What is to come in: all in the order of the file, or some, those of one case together."""
    order = ("pk",) if most is None else ("case_id", "pk")
    kept = (
        file.rows.filter(verdict=Verdict.FINE).order_by(*order).values_list("pk", "contract_no", "reference", "sealed")
    )
    kept = kept if most is None else kept[:most]
    return [
        Row(pk, contract_no, reference, unpacked(decrypt(sealed), file.kind))
        for pk, contract_no, reference, sealed in kept.iterator(chunk_size=5_000)
    ]


def _told_until(file: ReturnedFile) -> datetime:
    """Up to when the agency has told its contacts with this file: together with those before it, and without a gap."""
    told = ReturnedFile.objects.filter(agency=file.agency_id, kind=file.kind, state=ReturnedState.APPLIED)
    heard = _heard(file)
    later = told.filter(last_day__gte=clock.business_date(heard))
    return told_through(heard, [_span(one) for one in (*later, file)])


def _heard(file: ReturnedFile) -> datetime:
    """Up to when the agency has told its contacts before this file."""
    feed = AgencyFeed.objects.filter(org=file.agency.desk.code).first()
    return feed.received_at if feed is not None else _span(file)[0]


def _span(file: ReturnedFile) -> tuple[datetime, datetime]:
    """A file tells of what happened until its last day was over, or until it was sent."""
    begun, over = (
        timezone.make_aware(datetime.combine(day, time()))
        for day in (file.first_day, file.last_day + timedelta(days=1))
    )
    return begun, min(over, file.uploaded_at)


def gap_before(file: ReturnedFile) -> datetime | None:
    """Since when the agency's contacts are not known, where the file begins later than that."""
    feed = AgencyFeed.objects.filter(org=file.agency.desk.code).first() if file.kind == ReturnedKind.CONTACTS else None
    return feed.received_at if feed is not None and feed.received_at < _span(file)[0] else None


def _write_verdicts(file: ReturnedFile, decided: Sequence[Decision]) -> None:
    """What was told is in the book now: it is kept there, and no longer here."""
    late = [one for one in decided if one.verdict != Verdict.FINE]
    changed = ReturnedRow.objects.in_bulk([one.row.key for one in late])
    for one in late:
        row = changed[one.row.key]
        assert one.reason is not None
        found = Problem(row.sheet, row.number, "", one.reason.value, one.reason.code, "error", one.reason.params)
        row.verdict, row.reasons, row.sealed = one.verdict, [_finding(found), *row.reasons], ""
    ReturnedRow.objects.bulk_update(changed.values(), ["verdict", "reasons", "sealed"], batch_size=1_000)
    done = [one.row.key for one in decided if one.verdict == Verdict.FINE]
    file.rows.filter(pk__in=done).update(verdict=Verdict.DONE, sealed="")


def _close(file: ReturnedFile, now: datetime) -> None:
    found = Counter(file.rows.order_by().values_list("verdict", flat=True))
    file.counts = {**file.counts, **{verdict: found[verdict] for verdict in Verdict.values}}
    if file.kind == ReturnedKind.PAYMENTS:
        file.counts["matched"] = match_claims(now=now, agencies=[file.agency_id])
    file.applied_at = now
    _move(file, ReturnedState.APPLIED, "counts", "applied_at")
    audit.record(action="returned.applied", actor=file.applied_by, obj=file, data=dict(file.counts))
    if file.kind == ReturnedKind.COMPLAINTS and found[Verdict.DONE]:
        notify(
            users=users_with(HANDLE), kind="returned.complaints", level="warning",
            params={"agency": file.agency.name, "count": found[Verdict.DONE]}, url=reverse("compliance:complaints"),
        )  # fmt: skip


def discard(*, file: ReturnedFile, actor: User, now: datetime) -> ReturnedFile:
    """Give a file up before it is in the book: what it told of people goes, on the disk too. Raises ReturnRefused."""
    _require(actor)
    with transaction.atomic():
        locked = _locked(file)
        stuck = locked.state == ReturnedState.READING and locked.job is not None and locked.job.state in _ENDED
        if locked.state != ReturnedState.PREVIEW and not stuck:
            raise ReturnRefused(_("文件现在是“%(state)s”，不能放弃") % {"state": locked.get_state_display()})
        locked.rows.all().delete()
        _move(locked, ReturnedState.DISCARDED)
        audit.record(action="returned.discarded", actor=actor, obj=locked, data=dict(locked.counts))
        path = private_files.path_of(locked.stored_name, folder=FOLDER)
        transaction.on_commit(lambda: path.unlink(missing_ok=True))
    return locked


def _locked(file: ReturnedFile) -> ReturnedFile:
    rows = ReturnedFile.objects.select_for_update(of=("self",))
    return rows.select_related("agency__desk", "job", "uploaded_by", "applied_by").get(pk=file.pk)


def _move(file: ReturnedFile, to: ReturnedState, *columns: str) -> None:
    file.state = to
    file.save(update_fields=["state", *columns])


def _require(actor: User | None) -> None:
    """Nobody is whoever may work on the server, and answers for it there."""
    if actor is not None and not has(actor, LOAD):
        raise ReturnRefused(_("您没有这项权限"))
