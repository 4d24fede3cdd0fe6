"""Contacting a debtor: ask the gate, make the call, tell what came of it."""

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from agents.workbench.forms import ResultForm
from cases.models import Case, ContactPoint
from cases.names import shown_names
from cases.services.reveal import SHOWN_SECONDS, RevealReason
from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.services.form_tokens import once
from compliance.gate import StillOpen, open_attempt
from compliance.models import AttemptState, ContactAttempt, GateDecision
from compliance.rule_texts import spoken
from compliance.rules.verdict import Reason
from compliance.selectors import NOTE_WITHIN, attempts_to_tell, open_attempts, standing_of
from compliance.services.log import LogRefused, cancel_attempt, close_attempt

CAPABILITY = "contacts.make"


MOST_SHOWN = 200


@requires(CAPABILITY)
@require_GET
def waiting(request: SignedInRequest) -> HttpResponse:
    """What is still to be told: the person's own calls, and what others in their scope have left for too long."""
    now = clock.now()
    found = list(attempts_to_tell(request.user, capability=CAPABILITY, now=now)[: MOST_SHOWN + 1])
    names = shown_names(request.user, [attempt.case for attempt in found])
    context = {
        "lines": [
            {
                "attempt": attempt,
                "name": names[attempt.case_id],
                "due_at": attempt.opened_at + NOTE_WITHIN,
                "is_late": attempt.opened_at + NOTE_WITHIN <= now,
            }
            for attempt in found[:MOST_SHOWN]
        ],
        "is_cut": len(found) > MOST_SHOWN,
    }
    return render(request, "agents/workbench/waiting.html", context)


def _case(request: SignedInRequest, case_id: int) -> Case:
    """A case that the person may contact about; anybody else's does not exist."""
    cases = Case.objects.for_user(request.user, CAPABILITY).select_related("loan__debtor", "loan__source", "desk")
    case: Case | None = cases.filter(pk=case_id).first()
    if case is None:
        raise Http404
    return case


def _attempt(request: SignedInRequest, attempt_id: int) -> ContactAttempt:
    """The person's own contact, even when the case was taken away meanwhile: what was said has to be told. Or one about a
    case in their scope: whoever was called away has it told by the team leader."""
    mine = Q(actor=request.user) | Q(case__in=Case.objects.for_user(request.user, CAPABILITY))
    found = ContactAttempt.objects.filter(mine, pk=attempt_id)
    attempt = found.select_related("case__loan__debtor", "case__loan__source", "point", "gate").first()
    if attempt is None:
        raise Http404
    return attempt


def reason_lines(reasons: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Reasons of a decision as the page tells them, those that refuse first."""
    return [
        {
            "rule": reason["rule"],
            "verdict": reason["verdict"],
            "statement": spoken(reason["statement"]),
            "counted": _counted(reason),
            "source": reason["source"],
        }
        for reason in reasons
        if reason["verdict"] in ("block", "warn")
    ]


def _counted(reason: dict[str, Any]) -> str:
    observed, limit = reason["observed"], reason["limit"]
    if isinstance(observed, int) and isinstance(limit, int):
        return _("已 %(observed)s，上限 %(limit)s") % {"observed": observed, "limit": limit}
    return ""


def _lines(reasons: tuple[Reason, ...]) -> list[dict[str, Any]]:
    return reason_lines([reason.to_json() for reason in reasons])


@requires(CAPABILITY)
@require_GET
def contact(request: SignedInRequest, case_id: int) -> HttpResponse:
    """The numbers of a case, each with what the gate says now; what is owed, and what stands in the way."""
    case = _case(request, case_id)
    user, now = request.user, clock.now()
    refused = _refused(request, case)
    standing = standing_of(case=case, actor=user, now=now)
    parts = (
        (_("本金"), case.principal),
        (_("利息"), case.interest),
        (_("违约金"), case.penalty),
        (_("费用"), case.fees),
    )
    context = {
        "case": case,
        "name": shown_names(user, [case])[case.pk],
        "parts": [(label, amount) for label, amount in parts if amount],
        "points": [(line, _lines(line.verdict.reasons)) for line in standing.points],
        "used": standing.used,
        "holds": standing.holds,
        "waiting": list(open_attempts(user).select_related("case__loan", "point")[:5]),
        "refused": refused,
        "refused_lines": reason_lines(refused.reasons) if refused is not None else [],
        "today": clock.business_date(now),
    }
    return render(request, "agents/workbench/contact.html", context)


def _refused(request: SignedInRequest, case: Case) -> GateDecision | None:
    """The refusal that led back here, if it is about this case and was this person's question."""
    given = request.GET.get("refused", "")
    if not (given.isdecimal() and len(given) < 19):
        return None
    return GateDecision.objects.filter(pk=given, case=case, actor=request.user, verdict="block").first()


@requires(CAPABILITY)
@require_POST
@once
def open_contact(request: SignedInRequest, case_id: int) -> HttpResponse:
    """Ask the gate for a call to one number; allowed, on to telling about it, refused, the reasons and the next moment."""
    case = _case(request, case_id)
    point = _point(case, request.POST.get("point", ""))
    try:
        answer = open_attempt(case=case, point=point, actor=request.user, now=clock.now())
    except StillOpen as still:
        messages.warning(request, _("与该客户的上一次联系还没有记录，请先记录结果"))
        return redirect("workbench:attempt", still.attempt.pk)
    if answer.attempt is None:
        return redirect(f"{reverse('workbench:contact', args=[case.pk])}?refused={answer.decision.pk}")
    return redirect("workbench:attempt", answer.attempt.pk)


def _point(case: Case, given: str) -> ContactPoint:
    number = int(given) if given.isdecimal() and len(given) < 19 else 0
    point = ContactPoint.objects.filter(pk=number, debtor_id=case.loan.debtor_id, kind=ContactPoint.Kind.PHONE).first()
    if point is None:
        raise Http404
    return point


@requires(CAPABILITY)
@require_GET
def attempt(request: SignedInRequest, attempt_id: int) -> HttpResponse:
    """An allowed call: the number to dial, and the form that says what came of it."""
    found = _attempt(request, attempt_id)
    if found.state != AttemptState.OPEN:
        return redirect("cases:record", found.case_id)
    return _attempt_page(request, found, ResultForm())


def _attempt_page(
    request: SignedInRequest, found: ContactAttempt, form: ResultForm, *, status: int = 200
) -> HttpResponse:
    case = found.case
    is_third = bool(found.point and found.point.relation)
    context = {
        "attempt": found,
        "case": case,
        "name": shown_names(request.user, [case])[case.pk],
        "is_third": is_third,
        "warnings": reason_lines(found.gate.reasons) if found.gate is not None else [],
        "form": form,
        "reasons": RevealReason.choices,
        "seconds": SHOWN_SECONDS,
    }
    return render(request, "agents/workbench/attempt.html", context, status=status)


@requires(CAPABILITY)
@require_POST
@once
def record_result(request: SignedInRequest, attempt_id: int) -> HttpResponse:
    """What came of the call. With something wrong the form comes back as it was filled in."""
    found = _attempt(request, attempt_id)
    form = ResultForm(request.POST)
    if not form.is_valid():
        return _attempt_page(request, found, form, status=400)
    now = clock.now()
    try:
        close_attempt(
            attempt=found, result=form.cleaned_data["result"], note=form.cleaned_data["note"], actor=request.user, now=now,
            ended_at=now,
        )  # fmt: skip
    except LogRefused as refused:
        form.add_error(None, str(refused))
        return _attempt_page(request, found, form, status=409)
    messages.success(request, _("已记录"))
    return redirect("workbench:contact", found.case_id) if _still_mine(request, found) else redirect("cases:list")


@requires(CAPABILITY)
@require_POST
@once
def cancel(request: SignedInRequest, attempt_id: int) -> HttpResponse:
    """Nothing was dialled."""
    found = _attempt(request, attempt_id)
    try:
        cancel_attempt(attempt=found, actor=request.user, now=clock.now())
    except LogRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("已标记为未拨出，不计入次数"))
    return redirect("workbench:contact", found.case_id) if _still_mine(request, found) else redirect("cases:list")


def _still_mine(request: SignedInRequest, found: ContactAttempt) -> bool:
    return bool(Case.objects.for_user(request.user, CAPABILITY).filter(pk=found.case_id).exists())
