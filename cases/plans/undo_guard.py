"""A file is not taken back from under a plan: its balance is what the debtor agreed to pay off."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from cases.imports.undoing.undo_blockers import undo_guard
from cases.models import ImportRun, RepaymentPlan


@undo_guard(
    code="undo_planned", counted=_("%(count)s 件案件在此之后提出了还款方案，不能撤销"), one=_("之后提出了还款方案")
)
def planned(run: ImportRun) -> Iterable[int]:
    return RepaymentPlan.objects.filter(proposed_at__gte=run.applied_at).values_list("case", flat=True)
