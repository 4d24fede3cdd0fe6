"""An import is not taken back from under help that was asked for, or from under a case that was listed as idle."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from agents.models import AssistRequest, IdleCase
from cases.imports.undoing.undo_blockers import undo_guard
from cases.models import ImportRun


@undo_guard(code="undo_assisted", counted=_("%(count)s 件案件已申请协催，不能撤销"), one=_("已申请协催"))
def assisted(run: ImportRun) -> Iterable[int]:
    return set(AssistRequest.objects.filter(asked_at__gte=run.applied_at).values_list("case_id", flat=True))


@undo_guard(code="undo_listed_idle", counted=_("%(count)s 件案件已列入闲置轮换，不能撤销"), one=_("已列入闲置轮换"))
def listed(run: ImportRun) -> Iterable[int]:
    """A line names the case; only of one that this run opened would it be left behind."""
    return set(IdleCase.objects.filter(case__opened_by_run=run).values_list("case_id", flat=True))
