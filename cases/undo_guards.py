"""An import is not taken back from under what people agreed and found out: it stands on the case as it was then."""

from collections.abc import Iterable

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.imports.undoing.undo_blockers import undo_guard
from cases.models import Attachment, ContactPoint, ImportRun, Promise, RiskFlag, Waiver


@undo_guard(code="undo_promised", counted=_("%(count)s 件案件已有承诺还款，不能撤销"), one=_("已有承诺还款"))
def promised(run: ImportRun) -> Iterable[int]:
    since = Q(made_at__gte=run.applied_at) | Q(case__opened_by_run=run)
    return set(Promise.objects.filter(since).values_list("case_id", flat=True))


@undo_guard(code="undo_waiver_applied", counted=_("%(count)s 件案件已有减免申请，不能撤销"), one=_("已有减免申请"))
def let_off(run: ImportRun) -> Iterable[int]:
    since = Q(applied_at__gte=run.applied_at) | Q(case__opened_by_run=run)
    return set(Waiver.objects.filter(since).values_list("case_id", flat=True))


@undo_guard(code="undo_flagged", counted=_("%(count)s 件案件已有风险标识，不能撤销"), one=_("已有风险标识"))
def flagged(run: ImportRun) -> Iterable[int]:
    since = Q(raised_at__gte=run.applied_at) | Q(case__opened_by_run=run)
    return set(RiskFlag.objects.filter(since).values_list("case_id", flat=True))


@undo_guard(code="undo_has_files", counted=_("%(count)s 件案件已有附件，不能撤销"), one=_("已有附件"))
def with_files(run: ImportRun) -> Iterable[int]:
    since = Q(added_at__gte=run.applied_at) | Q(case__opened_by_run=run)
    return set(Attachment.objects.filter(since).values_list("case_id", flat=True))


@undo_guard(
    code="undo_point_added",
    counted=_("%(count)s 件案件的客户有人工新增的联系方式，不能撤销"),
    one=_("有人工新增的联系方式"),
)
def with_points(run: ImportRun) -> Iterable[int]:
    """What people learned has no run; it would stand in the way of its debtor's deletion."""
    learned = ContactPoint.objects.filter(created_by_run=None, created_at__gte=run.applied_at)
    return set(learned.filter(debtor__loans__cases__isnull=False).values_list("debtor__loans__cases", flat=True))
