"""An import is not taken back from under an agreement: what was promised or let off stands on the case as it was then."""

from collections.abc import Iterable

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.imports.undoing.undo_blockers import undo_guard
from cases.models import ImportRun, Promise, Waiver


@undo_guard(code="undo_promised", counted=_("%(count)s 件案件已有承诺还款，不能撤销"), one=_("已有承诺还款"))
def promised(run: ImportRun) -> Iterable[int]:
    since = Q(made_at__gte=run.applied_at) | Q(case__opened_by_run=run)
    return set(Promise.objects.filter(since).values_list("case_id", flat=True))


@undo_guard(code="undo_waiver_applied", counted=_("%(count)s 件案件已有减免申请，不能撤销"), one=_("已有减免申请"))
def let_off(run: ImportRun) -> Iterable[int]:
    since = Q(applied_at__gte=run.applied_at) | Q(case__opened_by_run=run)
    return set(Waiver.objects.filter(since).values_list("case_id", flat=True))
