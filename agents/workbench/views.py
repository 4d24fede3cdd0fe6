"""Contacting a debtor: ask the gate, make the call, tell what came of it."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from agents.workbench.desk_views import is_on_desk, next_address
from agents.workbench.forms import CallForm, IdentityForm
from agents.workbench.next_steps import StepRefused
from agents.workbench.panel import call_panel, numbers_panel, owed_parts, then_of
from agents.workbench.queue import lock
from agents.workbench.telephony import line
from agents.workbench.telephony.calls import dial as place_call
from agents.workbench.telephony.calls import take_over
from agents.workbench.telling import tell_call
from cases.models import Case, ContactPoint
from cases.names import shown_names
from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.services.form_tokens import once
from collection_ops.core.wording import listed
from compliance.gate import StillOpen, open_attempt
from compliance.models import AttemptState, ContactAttempt, ContactDetail
from compliance.selectors import attempts_to_tell, standing_of
from compliance.services.call_details import LogRefused, missing_at_opening, was_talk
from compliance.services.identity import confirm_identity
from compliance.services.log import NOTE_WITHIN, cancel_attempt

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
                "due_at": attempt.over_at + NOTE_WITHIN,
                "is_late": attempt.over_at + NOTE_WITHIN < now,
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


@requires(CAPABILITY)
@require_GET
def contact(request: SignedInRequest, case_id: int) -> HttpResponse:
    """The numbers of a case, each with what the gate says now; what is owed, and what stands in the way."""
    case = _case(request, case_id)
    user, now = request.user, clock.now()
    standing = standing_of(case=case, actor=user, now=now)
    panel = numbers_panel(request, case, standing=standing)
    if request.headers.get("HX-Request") == "true":
        return render(request, "agents/workbench/_numbers.html", {**panel, "is_fragment": True})
    context = {
        **panel,
        "name": shown_names(user, [case])[case.pk],
        "parts": owed_parts(case),
        "used": standing.used,
        "holds": standing.holds,
    }
    return render(request, "agents/workbench/contact.html", context)


@requires(CAPABILITY)
@require_POST
@once
def open_contact(request: SignedInRequest, case_id: int) -> HttpResponse:
    """Ask the gate for a call to one number; allowed, on to telling about it, refused, the reasons and the next moment."""
    case, now = _case(request, case_id), clock.now()
    point = _point(case, request.POST.get("point", ""))
    holder = lock.holder_of(case.pk, now=now)
    if holder is not None and holder.user != request.user:
        messages.warning(request, _("%(who)s 正在处理这件案件，请先不要联系") % {"who": holder.user})
        return _on_to(request, "workbench:contact", case.pk)
    try:
        answer = open_attempt(case=case, point=point, actor=request.user, now=now)
    except StillOpen as still:
        messages.warning(request, _("与该客户的上一次联系还没有记录，请先记录结果"))
        return _on_to(request, "workbench:attempt", still.attempt.pk)
    if answer.attempt is None:
        # On the desk what was counted stands beside the panel, too, and is as old as the page.
        route = "workbench:desk_case" if is_on_desk(request) else "workbench:contact"
        return _on_to(request, route, case.pk, refused=answer.decision.pk)
    return _on_to(request, "workbench:attempt", answer.attempt.pk)


def _on_to(request: SignedInRequest, route: str, number: int, **query: Any) -> HttpResponse:
    """To another fragment of the same panel; a script follows as a browser does."""
    kept = {**({"then": "next"} if then_of(request) else {}), **query}
    return redirect(reverse(route, args=[number]) + (f"?{urlencode(kept)}" if kept else ""))


def _leave(request: SignedInRequest, url: str) -> HttpResponse:
    """Away from the panel: a script loads the whole page, too."""
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return redirect(url)


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
        return _leave(request, reverse("cases:record", args=[found.case_id]))
    return _attempt_page(request, call_panel(request, found))


def _attempt_page(request: SignedInRequest, panel: dict[str, Any], *, status: int = 200) -> HttpResponse:
    if request.headers.get("HX-Request") == "true":
        return render(request, "agents/workbench/_call_form.html", {**panel, "is_fragment": True}, status=status)
    return render(request, "agents/workbench/attempt.html", panel, status=status)


@requires(CAPABILITY)
@require_POST
@once
def confirm(request: SignedInRequest, attempt_id: int) -> HttpResponse:
    """The person on the line said who they are: amounts may be shown from now on."""
    found = _attempt(request, attempt_id)
    form = IdentityForm(request.POST)
    given = form.cleaned_data["factors"] if form.is_valid() else []
    try:
        confirm_identity(attempt=found, factors=given, actor=request.user, now=clock.now())
    except LogRefused as refused:
        form.add_error("factors", str(refused))
        return _attempt_page(request, call_panel(request, found, identity=form), status=409)
    return _on_to(request, "workbench:attempt", found.pk)


@requires(CAPABILITY)
@require_POST
@once
def dial(request: SignedInRequest, attempt_id: int) -> HttpResponse:
    """Have the telephone line call the number; there is such a button only where a line is in use."""
    found = _attempt(request, attempt_id)
    in_use = line()
    if in_use is None:
        raise Http404
    try:
        place_call(attempt=found, line=in_use, actor=request.user, now=clock.now())
    except LogRefused as refused:
        panel = call_panel(request, found)
        return _attempt_page(request, {**panel, "line_error": str(refused)}, status=409)
    return _on_to(request, "workbench:attempt", found.pk)


@requires(CAPABILITY)
@require_POST
@once
def record_result(request: SignedInRequest, attempt_id: int) -> HttpResponse:
    """What came of the call. With something wrong the form comes back as it was filled in."""
    found = _attempt(request, attempt_id)
    form = CallForm(request.POST, attempt=found)
    if not form.is_valid():
        return _attempt_page(request, call_panel(request, found, form), status=400)
    now = clock.now()
    take_over(attempt=found, line=line(), now=now)
    try:
        told = tell_call(
            attempt=found, details=form.details(), note=form.cleaned_data["note"], values=form.values(),
            actor=request.user, now=now,
        )  # fmt: skip
    except (LogRefused, StepRefused) as refused:
        form.refuse(str(refused), field=refused.field)
        return _attempt_page(request, call_panel(request, found, form), status=409)
    messages.success(request, "。".join([_("已记录"), *told.done]))
    _tell_of_opening(request, found)
    if not _still_mine(request, found):
        return _leave(request, reverse("cases:list"))
    if not then_of(request):
        return _leave(request, reverse("workbench:contact", args=[found.case_id]))
    address = next_address(request)
    # On the desk the answer takes the desk's place; from anywhere else it is a page.
    return redirect(address) if is_on_desk(request) else _leave(request, address)


def _tell_of_opening(request: SignedInRequest, found: ContactAttempt) -> None:
    """What the talk should have begun with. It is on the row for whoever checks quality; the person hears it at once."""
    detail = ContactDetail.objects.select_related("attempt").filter(attempt=found).first()
    if detail is not None and was_talk(detail.attempt) and (missing := missing_at_opening(detail)):
        messages.warning(request, _("开场缺：%(missing)s") % {"missing": listed(missing)})


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
    if not _still_mine(request, found):
        return _leave(request, reverse("cases:list"))
    return _on_to(request, "workbench:contact", found.case_id)


def _still_mine(request: SignedInRequest, found: ContactAttempt) -> bool:
    return bool(Case.objects.for_user(request.user, CAPABILITY).filter(pk=found.case_id).exists())
