"""Taking cases out as a file: asked with a reason, written by a job, fetched by its owner for a day.

The rows are those of the list's filter at the moment the job runs, inside the owner's scope for `cases.export` at that
moment. Masked, unless the person has `cases.export_unmasked` and asked for it; phones and ID numbers are then decrypted
row by row. One chunk of rows is in memory at a time.
"""

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from cases import columns as list_columns
from cases.filters import CaseFilter
from cases.models import Case, ContactPoint
from cases.querysets import CaseQuerySet
from cases.services.error_workbook import ERROR_WORKBOOKS
from collection_ops.core import clock
from collection_ops.core.access import has, require
from collection_ops.core.masking import mask_name
from collection_ops.core.models import Job, JobState, User
from collection_ops.core.services import audit
from collection_ops.core.services.jobs import ExpectedFailure, JobRun, Outcome, enqueue, job_handler
from collection_ops.core.tables import FORMATS, Column, open_table

KIND = "cases.export"
CHUNK = 2000
FOLDER = "exports"
KINDS_OF_COLUMN = {"money": "money", "days": "integer", "date": "date"}


class ExportRefused(Exception):
    """Not exported; the sentence says why."""


def request_export(
    *, actor: User, query: dict[str, Any], file_format: str, unmasked: bool, reason: str, language: str = "zh-hans"
) -> Job:
    """Queue an export of the filter `query` (as `CaseFilter.query`). Raises ExportRefused, PermissionDenied.

    The audit row of the request holds filter and reason; a second row says how many rows left.
    """
    require(actor, "cases.export")
    if unmasked:
        require(actor, "cases.export_unmasked")
    if file_format not in FORMATS:
        raise ExportRefused(_("请选择文件格式"))
    if len(reason.strip()) < 2:
        raise ExportRefused(_("请填写导出用途"))
    with transaction.atomic():
        job = enqueue(
            kind=KIND,
            params={"query": query, "format": file_format, "unmasked": unmasked, "language": language},
            actor=actor,
            title=_("导出案件（未脱敏）") if unmasked else _("导出案件"),
            queue="reports",
        )
        audit.record(
            action="cases.export_requested",
            actor=actor,
            obj=job,
            reason=reason.strip(),
            data={"query": query, "format": file_format, "unmasked": unmasked},
        )
    return job


def export_rows(queryset: CaseQuerySet, *, unmasked: bool, persons: set[int] | None = None) -> Iterator[list[Any]]:
    """Cells of every case, in the order of `export_columns`. Reads through a server-side cursor; each chunk costs one
    more query for its phones. `persons` is given the ids of those whose rows were read."""
    rows = queryset.select_related("loan__debtor", "loan__source", "desk").order_by("pk")
    if not unmasked:
        rows = rows.defer("loan__debtor__id_no")
    for chunk in _chunks(rows.iterator(chunk_size=CHUNK), CHUNK):
        of_chunk = {case.loan.debtor_id for case in chunk}
        if persons is not None:
            persons |= of_chunk
        phones = _phones(of_chunk, unmasked=unmasked)
        for case in chunk:
            debtor = case.loan.debtor
            name = debtor.name if unmasked else mask_name(debtor.name)
            if unmasked:
                id_no = debtor.id_no
            else:
                id_no = f"**************{debtor.id_last4}" if debtor.id_last4 else ""
            yield [
                *(_plain(column.value(case, name)) for column in list_columns.COLUMNS),
                id_no,
                "、".join(phones.get(case.loan.debtor_id, ())),
            ]


def export_columns() -> list[Column]:
    return [
        *(Column(column.label, KINDS_OF_COLUMN.get(column.kind, "text")) for column in list_columns.COLUMNS),  # type: ignore[arg-type]
        Column(_("证件号码")),
        Column(_("本人电话")),
    ]


def _plain(value: Any) -> Any:
    """Translated labels become text in the language of the export."""
    return str(value) if hasattr(value, "_proxy____args") else value


def _chunks(rows: Iterable[Case], size: int) -> Iterator[list[Case]]:
    source = iter(rows)
    while chunk := list(islice(source, size)):
        yield chunk


def _phones(debtor_ids: set[int], *, unmasked: bool) -> dict[int, list[str]]:
    """The persons' own phones; third persons' numbers never leave by an export."""
    field = "value" if unmasked else "masked"
    found: dict[int, list[str]] = {}
    points = ContactPoint.objects.filter(debtor_id__in=debtor_ids, kind=ContactPoint.Kind.PHONE, relation="")
    for debtor_id, text in points.order_by("pk").values_list("debtor_id", field):
        found.setdefault(debtor_id, []).append(text)
    return found


@job_handler(KIND)
def write_export(run: JobRun) -> Outcome:
    """The job: safe to repeat, every attempt writes a file of its own and the last one is the job's result."""
    job, actor = run.job, run.job.created_by
    params = job.params
    if (
        actor is None
        or not has(actor, "cases.export")
        or (params["unmasked"] and not has(actor, "cases.export_unmasked"))
    ):
        raise ExpectedFailure(_("导出权限已被收回"))
    now = clock.now()
    mine = Case.objects.for_user(actor, "cases.export").filter(pk__in=Case.objects.for_user(actor).values("pk"))
    queryset = CaseFilter(params["query"], mine).filtered
    total = queryset.count()
    folder = Path(settings.MEDIA_ROOT) / FOLDER
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = f"{secrets.token_hex(16)}.{params['format']}"
    path = folder / name
    persons: set[int] = set()
    with translation.override(params.get("language", "zh-hans")):
        path.touch(mode=0o600)
        with open_table(
            path,
            file_format=params["format"],
            title=_("案件（未脱敏）") if params["unmasked"] else _("案件"),
            columns=export_columns(),
            exported_by=str(actor),
            exported_at=now,
            watermark=_("任务 #%(job)d") % {"job": job.pk},
        ) as table:
            for values in export_rows(queryset, unmasked=params["unmasked"], persons=persons):
                table.write_row(values)
                if table.rows % CHUNK == 0:
                    run.progress(table.rows, total, _("已写 %(rows)d 行") % {"rows": table.rows})
        run.progress(table.rows, max(total, 1), _("已写 %(rows)d 行") % {"rows": table.rows})
    expires_at = now + timedelta(hours=settings.EXPORT_HOURS)
    with transaction.atomic():
        audit.record(
            action="cases.exported",
            actor=actor,
            obj=job,
            data={
                "rows": table.rows,
                "persons": len(persons),
                "format": params["format"],
                "unmasked": params["unmasked"],
                "query": params["query"],
            },
        )
    return Outcome(
        result={"file": name, "rows": table.rows, "expires_at": expires_at.isoformat(), "bytes": path.stat().st_size},
        url=reverse("cases:export_file", args=[job.pk]),
    )


@dataclass(frozen=True)
class ExportFile:
    """A finished export on disk, and the name it is given to the person."""

    path: Path
    download_name: str
    file_format: str


def find_export(*, job_id: int, actor: User, now: datetime) -> ExportFile | None:
    """The file of one's own finished export, while it is kept and while one may still export. Records the download."""
    job = Job.objects.filter(pk=min(job_id, 2**63 - 1), kind=KIND, created_by=actor, state=JobState.DONE).first()
    if job is None or (job.params.get("unmasked") and not has(actor, "cases.export_unmasked")):
        return None
    expires_at = datetime.fromisoformat(job.result["expires_at"])
    path = Path(settings.MEDIA_ROOT) / FOLDER / Path(job.result["file"]).name
    if now >= expires_at or not path.is_file():
        return None
    with transaction.atomic():
        audit.record(
            action="cases.export_downloaded",
            actor=actor,
            obj=job,
            data={"rows": job.result.get("rows"), "unmasked": job.params.get("unmasked", False)},
        )
    file_format = job.params["format"]
    day = clock.business_date(job.finished_at or now)
    return ExportFile(
        path=path, download_name=f"{_('案件')}-{day:%Y%m%d}-{job.pk}.{file_format}", file_format=file_format
    )


def purge_exports(*, now: datetime) -> int:
    """Delete exports and workbooks of wrong rows older than they may be fetched; returns how many. Safe to repeat, also
    beside a running export."""
    oldest = (now - timedelta(hours=settings.EXPORT_HOURS)).timestamp()
    gone = 0
    for folder in (Path(settings.MEDIA_ROOT) / name for name in (FOLDER, ERROR_WORKBOOKS)):
        for path in folder.glob("*") if folder.is_dir() else ():
            if path.is_file() and path.stat().st_mtime < oldest:
                path.unlink(missing_ok=True)
                gone += 1
    return gone
