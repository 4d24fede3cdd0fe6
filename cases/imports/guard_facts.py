"""What the guard rails are asked about: gathered from a compared run, its source and the files applied before."""

from decimal import Decimal
from typing import Any

from django.utils import timezone

from cases.imports.guards import Facts, Finding, Rails, judge
from cases.imports.kinds import kind_of
from cases.models import ImportRun, RunKind, RunState, Source, Standing


def findings_of(run: ImportRun) -> list[Finding]:
    """The rails that `run` is outside of, by its figures as compared and by the limits of its source as they are now."""
    return judge(facts_of(run), rails_of(run.source))


def rails_of(source: Source) -> Rails:
    return Rails(
        max_absent_percent=source.max_absent_percent,
        max_rejected_percent=source.max_rejected_percent,
        min_rows=source.min_rows,
        max_rows=source.max_rows,
        min_total=source.min_total,
        max_total=source.max_total,
        max_change_percent=source.max_change_percent,
    )


def facts_of(run: ImportRun) -> Facts:
    """Two small queries: the newest day of the book, and an earlier file of the same content."""
    newest = applied_files(run).order_by("-as_of").values_list("as_of", flat=True).first()
    return Facts(
        rows=int(run.row_counts.get("read", 0)),
        total=file_total(run),
        rejected=int(run.problem_counts.get("error_rows", 0)),
        as_of=run.as_of,
        received_on=timezone.localdate(run.uploaded_at),
        lists_book=run.kind == RunKind.OVERDUE,
        book_rows=sum(int(stage["count"]) for stage in run.stages_before.values()),
        book_total=_total(run.stages_before),
        new_total=_total(run.stages_after),
        # An older day says nothing about who is in the book now.
        absent=0 if run.standing == Standing.HISTORY else int((run.differences.get("absent") or {}).get("count", 0)),
        newest=newest,
        same_rows=_same_rows(run),
        expected_rows=run.expected_rows,
        expected_total=run.expected_total if kind_of(run).money else None,
        total_row=_total_row(run),
    )


def applied_files(run: ImportRun) -> Any:
    """The other files of the same kind and source that are in the book."""
    return ImportRun.objects.filter(source_id=run.source_id, kind=run.kind, state=RunState.APPLIED).exclude(pk=run.pk)


def file_total(run: ImportRun) -> Decimal:
    """The amount column over all rows of the file, in yuan, as its 合计 row would count it; 0 for files without money. A
    file without such a column has the totals that were computed from the parts of its accepted rows."""
    name = kind_of(run).money
    summed, computed = ((run.control_totals.get(sums) or {}).get(name) or "0.00" for sums in ("file_sums", "sums"))
    return Decimal(str(summed)) or Decimal(str(computed))


def _same_rows(run: ImportRun) -> dict[str, Any] | None:
    if not run.content_hash:
        return None
    earlier = (
        applied_files(run)
        .filter(content_hash=run.content_hash)
        .exclude(as_of=run.as_of)
        .order_by("-as_of")
        .values("pk", "as_of")
        .first()
    )
    return {"run": earlier["pk"], "day": earlier["as_of"].isoformat()} if earlier else None


def _total_row(run: ImportRun) -> dict[str, Decimal]:
    row = run.control_totals.get("total_row") or {}
    return {name: Decimal(str(difference)) for name, difference in (row.get("differences") or {}).items()}


def _total(stages: dict[str, Any]) -> Decimal:
    return sum((Decimal(str(stage["total"])) for stage in stages.values()), Decimal(0))
