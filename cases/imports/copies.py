"""The same file, or the same rows under another name: in the book already, or waiting beside this one."""

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.imports.guard_facts import applied_files
from cases.imports.refusals import RunRefused
from cases.models import ImportRun, RunState, Source

WAITING = (RunState.READING, RunState.ASKING, RunState.PREVIEW, RunState.SUBMITTED, RunState.APPLYING)


def already_imported(source: Source, sha256: str) -> RunRefused | None:
    """The very bytes are in the book."""
    earlier = ImportRun.objects.filter(source=source, sha256=sha256, state=RunState.APPLIED).first()
    return _refusal("already_imported", earlier) if earlier is not None else None


def same_rows_imported(run: ImportRun) -> RunRefused | None:
    """The very rows are in the book for this day: the file was renamed, re-saved or re-sorted."""
    if not run.content_hash:
        return None
    earlier = applied_files(run).filter(content_hash=run.content_hash, as_of=run.as_of).first()
    return _refusal("same_rows_imported", earlier) if earlier is not None else None


def waiting_copies(run: ImportRun) -> QuerySet[ImportRun]:
    """Other runs of the source on their way that hold the same bytes, or the same rows of the same day."""
    same = Q(sha256=run.sha256)
    if run.content_hash:
        same |= Q(content_hash=run.content_hash, as_of=run.as_of, kind=run.kind)
    return ImportRun.objects.filter(same, source_id=run.source_id, state__in=WAITING).exclude(pk=run.pk).order_by("pk")


def _refusal(code: str, earlier: ImportRun) -> RunRefused:
    at = timezone.localtime(earlier.applied_at).strftime("%Y-%m-%d %H:%M") if earlier.applied_at else "—"
    return RunRefused(code, at=at, by=str(earlier.applied_by or _("系统")), run=earlier.pk)
