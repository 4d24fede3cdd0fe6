"""An import is not taken back from under what people found out about a case: a flag, a file."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from cases.imports.undoing.undo_blockers import undo_guard
from cases.models import Attachment, ContactPoint, ImportRun, RiskFlag


@undo_guard(code="undo_flagged", counted=_("%(count)s 件案件已有风险标识，不能撤销"), one=_("已有风险标识"))
def flagged(run: ImportRun) -> Iterable[int]:
    return RiskFlag.objects.filter(raised_at__gte=run.applied_at).values_list("case_id", flat=True)


@undo_guard(code="undo_has_files", counted=_("%(count)s 件案件已有附件，不能撤销"), one=_("已有附件"))
def with_files(run: ImportRun) -> Iterable[int]:
    return Attachment.objects.filter(added_at__gte=run.applied_at).values_list("case_id", flat=True)


@undo_guard(
    code="undo_point_added",
    counted=_("%(count)s 件案件的客户有人工新增的联系方式，不能撤销"),
    one=_("有人工新增的联系方式"),
)
def with_points(run: ImportRun) -> Iterable[int]:
    """What people learned has no run; it would stand in the way of its debtor's deletion."""
    learned = ContactPoint.objects.filter(created_by_run=None, created_at__gte=run.applied_at)
    return learned.filter(debtor__loans__cases__isnull=False).values_list("debtor__loans__cases", flat=True)
