"""An import is not taken back from under a contact: whoever was called about a case keeps the case."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from cases.imports.undoing.undo_blockers import undo_guard
from cases.models import Hold, ImportRun
from compliance.models import Complaint, ContactAttempt, ContactWish, GateDecision, Incident, QueuedMessage


@undo_guard(
    code="undo_contacted",
    counted=_("%(count)s 件案件已有联系或联系判定，不能撤销"),
    one=_("已有联系或联系判定"),
)
def contacted(run: ImportRun) -> Iterable[int]:
    since = run.applied_at
    cases = GateDecision.objects.filter(decided_at__gte=since).values_list("case_id", flat=True)
    told = ContactAttempt.objects.filter(gate=None, recorded_at__gte=since).values_list("case_id", flat=True)
    return {*cases, *told}


@undo_guard(code="undo_held", counted=_("%(count)s 件案件的客户已有停催，不能撤销"), one=_("客户已有停催"))
def held(run: ImportRun) -> Iterable[int]:
    holds = Hold.objects.filter(placed_at__gte=run.applied_at, debtor__loans__cases__isnull=False)
    return set(holds.values_list("debtor__loans__cases", flat=True))


@undo_guard(code="undo_message", counted=_("%(count)s 件案件已有排队的消息，不能撤销"), one=_("已有排队的消息"))
def queued(run: ImportRun) -> Iterable[int]:
    return set(QueuedMessage.objects.filter(queued_at__gte=run.applied_at).values_list("case_id", flat=True))


@undo_guard(code="undo_wished", counted=_("%(count)s 件案件的客户已有联系约定，不能撤销"), one=_("客户已有联系约定"))
def wished(run: ImportRun) -> Iterable[int]:
    wishes = ContactWish.objects.filter(recorded_at__gte=run.applied_at, debtor__loans__cases__isnull=False)
    return set(wishes.values_list("debtor__loans__cases", flat=True))


@undo_guard(code="undo_complained", counted=_("%(count)s 件案件的客户已有投诉，不能撤销"), one=_("客户已有投诉"))
def complained(run: ImportRun) -> Iterable[int]:
    made = Complaint.objects.filter(recorded_at__gte=run.applied_at, debtor__loans__cases__isnull=False)
    return set(made.values_list("debtor__loans__cases", flat=True))


@undo_guard(code="undo_incident", counted=_("%(count)s 件案件已有重大风险事项，不能撤销"), one=_("已有重大风险事项"))
def in_an_incident(run: ImportRun) -> Iterable[int]:
    made = Incident.objects.filter(recorded_at__gte=run.applied_at, case__isnull=False)
    return {pk for pk in made.values_list("case_id", flat=True) if pk is not None}
