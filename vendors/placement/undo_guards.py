"""An import is not taken back from under a case that was given to an agency meanwhile, or that ended with one."""

from collections.abc import Iterable

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.imports.undoing.undo_blockers import undo_guard
from cases.models import ImportRun
from vendors.models import Placement


@undo_guard(code="undo_placed", counted=_("%(count)s 件案件已委外，不能撤销"), one=_("已委外"))
def placed(run: ImportRun) -> Iterable[int]:
    ended = Q(case__closed_by_run=run, recall_reason="closed")
    since = Q(batch__applied_at__gte=run.applied_at) | Q(case__opened_by_run=run) | ended
    return set(Placement.objects.filter(since).values_list("case_id", flat=True))
