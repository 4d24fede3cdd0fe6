"""The desk's own parts: what was said before, what was promised and agreed, and the person's other debts."""

from typing import Any

from agents.workbench.parts import RAIL, desk_part
from cases.models import Case, Promise, PromiseState, RepaymentPlan, RiskFlag
from cases.selectors import other_debts
from cases.views.agreements import PROMISE_TONES
from collection_ops.core.http import SignedInRequest
from compliance.models import AttemptState, ContactAttempt

LAST_CONTACTS, LAST_PROMISES, LAST_FLAGS = 6, 4, 4


@desk_part("contacts", template="agents/workbench/_desk_contacts.html", order=50)
def last_contacts(request: SignedInRequest, case: Case) -> dict[str, Any]:
    """The last contacts with this person, about whichever of their debts."""
    told = ContactAttempt.objects.filter(debtor_id=case.loan.debtor_id).exclude(state=AttemptState.CANCELLED)
    return {"contacts": list(told.select_related("actor", "point").order_by("-opened_at", "-pk")[:LAST_CONTACTS])}


@desk_part("promises", template="agents/workbench/_desk_promises.html", order=40, place=RAIL)
def promises(request: SignedInRequest, case: Case) -> dict[str, Any] | None:
    """The last promises about this case; nothing where there never was one."""
    found = Promise.objects.filter(case=case).order_by("-due_on", "-pk")[:LAST_PROMISES]
    lines = [(promise, PROMISE_TONES[PromiseState(promise.state)]) for promise in found]
    return {"promises": lines} if lines else None


@desk_part("plan", template="agents/workbench/_desk_plan.html", order=45, place=RAIL, capability="plans.view")
def plan(request: SignedInRequest, case: Case) -> dict[str, Any] | None:
    """The newest repayment plan of this case; nothing where there never was one."""
    found = RepaymentPlan.objects.filter(case=case).order_by("-version").first()
    return {"plan": found} if found is not None else None


@desk_part("risks", template="agents/workbench/_desk_risks.html", order=30, place=RAIL, capability="care.view")
def risks(request: SignedInRequest, case: Case) -> dict[str, Any] | None:
    """Flags of this case that wait or were accepted; nothing where there is none."""
    flags = list(RiskFlag.objects.filter(case=case).exclude(state="rejected").order_by("-pk")[:LAST_FLAGS])
    return {"flags": flags} if flags else None


@desk_part("debts", template="agents/workbench/_desk_debts.html", order=50, place=RAIL)
def debts(request: SignedInRequest, case: Case) -> dict[str, Any] | None:
    """Other debts of the person; what is outside the reader's scope is only counted. Most people have one debt, and cost one
    look."""
    if not Case.objects.filter(loan__debtor_id=case.loan.debtor_id).exclude(pk=case.pk).exists():
        return None
    return {"others": other_debts(case, request.user)}
