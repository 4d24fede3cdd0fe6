"""The desk: one screen with the queue and the case, the next case, and who has it open."""

from typing import Any
from urllib.parse import urlencode, urlsplit

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from agents.services.paydays import PaydayRefused, set_payday
from agents.workbench import desk as shown
from agents.workbench.desk_choice import CAPABILITY, PAGE, DeskChoice, choice_of, clean_query
from agents.workbench.limits import DeskLimits, desk_limits
from agents.workbench.panel import numbers_panel, owed_parts
from agents.workbench.parts import shown_parts
from agents.workbench.queue import lock
from agents.workbench.queue.serve import Queue, contacted_since, queue_of, serve_next
from agents.workbench.queue.weights import GROUPS, Weights, weights_in_force
from cases.models import Case
from cases.names import shown_names
from cases.selectors import with_relations
from cases.services import saved_views
from cases.stage import OVERDUE_STAGES
from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.models import SavedView
from collection_ops.core.services.form_tokens import once
from compliance.selectors import standing_of


@requires(CAPABILITY)
@require_GET
def desk(request: SignedInRequest) -> HttpResponse:
    """The queue, and the case that the person has open; none open, what there is to do."""
    choice, now = choice_of(request), clock.now()
    held = lock.open_case(request.user, now=now)
    case = _find(request, held.case_id) if held is not None else None
    return _page(request, choice, case)


@requires(CAPABILITY)
@require_GET
def desk_case(request: SignedInRequest, case_id: int) -> HttpResponse:
    """One case on the desk. Looking locks nothing: the open page does (`hold_case`), or it says who has the case."""
    case = _case(request, case_id)
    return _page(request, choice_of(request), case)


@requires(CAPABILITY)
@require_http_methods(["GET", "POST"])
@once
def next_case(request: SignedInRequest) -> HttpResponse:
    """Serve the next best case and lock it; none, back to the desk, which says from when on. Who goes on from a case without
    having called (`from`) has put it aside for a while. Who only looks (GET) sees the desk."""
    if request.method != "POST":
        return redirect("workbench:desk")
    left = request.POST.get("from", "")
    if left.isdecimal() and len(left) < 19:
        _put_aside(request, int(left))
    return redirect(next_address(request))


def _put_aside(request: SignedInRequest, case_id: int) -> None:
    case, now = _case(request, case_id), clock.now()
    held = lock.open_case(request.user, now=now)
    if held is None or held.case_id != case.pk or contacted_since(case.pk, request.user, since=held.taken_at):
        return
    passed = desk_limits(clock.business_date(now)).passed
    lock.put_aside(request.user, [lock.Aside(case.pk, now + passed)])
    lock.release(case_id=case.pk, user=request.user)
    minutes = int(passed.total_seconds() // 60)
    messages.info(request, _("已放到一边，%(minutes)d 分钟后再出现") % {"minutes": minutes})


def next_address(request: SignedInRequest) -> str:
    """Serve and lock the next case of the desk that the person works on: its address, or that of the desk with the moment
    from which on there is one. For views that end in «and next»; they are POSTs."""
    choice, now = choice_of(request), clock.now()
    served = serve_next(
        choice.cases, weights_in_force(), desk_limits(clock.business_date(now)), user=request.user, now=now,
        group=choice.group,
    )  # fmt: skip
    if served.case_id is not None:
        return reverse("workbench:desk_case", args=[served.case_id])
    asked = {"from": served.opens_at.isoformat()} if served.opens_at is not None else {"none": "1"}
    return f"{reverse('workbench:desk')}?{urlencode(asked)}"


@requires(CAPABILITY)
@require_POST
def hold_case(request: SignedInRequest, case_id: int) -> HttpResponse:
    """The page is still open: 204, or 409 with who has the case by now."""
    case, now = _case(request, case_id), clock.now()
    if lock.take(case_id=case.pk, user=request.user, now=now, lasts=desk_limits(clock.business_date(now)).lock):
        return HttpResponse(status=204)
    holder = lock.holder_of(case.pk, now=now)
    return JsonResponse({"holder": str(holder.user) if holder else ""}, status=409)


@requires(CAPABILITY)
@require_POST
def leave_case(request: SignedInRequest, case_id: int) -> HttpResponse:
    """The page was left: the case is free, unless a call about it is not told about yet."""
    lock.release(case_id=_case(request, case_id).pk, user=request.user)
    return HttpResponse(status=204)


@requires(CAPABILITY)
@require_POST
@once
def payday(request: SignedInRequest, case_id: int) -> HttpResponse:
    """Keep the day of the month on which the person is paid; empty: not known any more."""
    case, given = _case(request, case_id), request.POST.get("day", "").strip()
    try:
        day = int(given) if given.isdecimal() and len(given) < 4 else None
        if day is None and given:
            raise PaydayRefused(_("发薪日须在 1 与 31 之间"))
        set_payday(case=case, day=day, actor=request.user, now=clock.now())
    except PaydayRefused as refused:
        messages.error(request, str(refused))
    return redirect("workbench:desk_case", case.pk)


@requires(CAPABILITY)
@require_POST
@once
def save_view(request: SignedInRequest) -> HttpResponse:
    """Keep the desk's filter under a name, or forget one."""
    user, chosen = request.user, request.POST.get("delete", "")
    if chosen:
        number = int(chosen) if chosen.isdecimal() and len(chosen) < 19 else 0
        SavedView.objects.filter(user=user, page=PAGE, pk=number).delete()
        return redirect("workbench:desk")
    query = clean_query(choice_of(request).query)
    try:
        view = saved_views.save_view(
            user=user,
            page=PAGE,
            name=request.POST.get("name", "").replace("\x00", ""),
            query=query,
            is_default=request.POST.get("is_default") == "on",
        )
        messages.success(request, _("已保存视图“%(name)s”") % {"name": view.name})
    except saved_views.ViewRefused as refused:
        messages.error(request, str(refused))
    return redirect("workbench:desk")


def is_on_desk(request: SignedInRequest) -> bool:
    """Whether a script of the desk's page asks, so that a fragment can take the desk's place."""
    asking = urlsplit(request.headers.get("HX-Current-URL", "")).path
    return request.headers.get("HX-Request") == "true" and asking.startswith(reverse("workbench:desk"))


def _case(request: SignedInRequest, case_id: int) -> Case:
    """A case that the person may contact about; anybody else's does not exist."""
    case = _find(request, case_id)
    if case is None:
        raise Http404
    return case


def _find(request: SignedInRequest, case_id: int) -> Case | None:
    cases = Case.objects.for_user(request.user, CAPABILITY).open()
    found: Case | None = with_relations(cases.filter(pk=min(case_id, 2**63 - 1))).first()
    return found


def _page(request: SignedInRequest, choice: DeskChoice, case: Case | None) -> HttpResponse:
    user, now = request.user, clock.now()
    weights, limits = weights_in_force(), desk_limits(clock.business_date(now))
    holder = lock.holder_of(case.pk, now=now) if case is not None else None
    also = (case.loan.debtor_id,) if case is not None else ()
    queue = queue_of(choice.cases, weights, user=user, now=now, group=choice.group, also=also)
    context: dict[str, Any] = {
        "choice": choice,
        "queue": queue,
        "lines": shown.queue_lines(queue, user),
        "groups": shown.group_counts(queue),
        "group_choices": GROUPS,
        "stages": OVERDUE_STAGES,
        "saved": _saved(choice),
        "now": now,
        "case": case,
        "holder": holder if holder is not None and holder.user != user else None,
        "opens_at": _moment(request.GET.get("from", "")),
        "is_none": "none" in request.GET or "from" in request.GET,
    }
    if case is not None:
        context |= _case_context(request, choice, case, queue, weights, limits)
    is_fragment = is_on_desk(request)
    template = "agents/workbench/_desk.html" if is_fragment else "agents/workbench/desk.html"
    response = render(request, template, context)
    if is_fragment:
        address = reverse("workbench:desk_case", args=[case.pk]) if case is not None else reverse("workbench:desk")
        response["HX-Push-Url"] = address
        # Also when the call form asked, which stands in a smaller place.
        response["HX-Retarget"], response["HX-Reswap"] = "#desk", "outerHTML"
    patch_vary_headers(response, ["HX-Request", "HX-Current-URL"])
    return response


def _case_context(
    request: SignedInRequest,
    choice: DeskChoice,
    case: Case,
    queue: Queue,
    weights: Weights,
    limits: DeskLimits,
) -> dict[str, Any]:
    """What the case's side of the desk needs."""
    user, now = request.user, clock.now()
    standing = standing_of(case=case, actor=user, now=now)
    return {
        **numbers_panel(request, case, standing=standing),
        "then": "next",
        "name": shown_names(user, [case])[case.pk],
        "why": shown.why(choice, case, queue, weights, now=now),
        "money": owed_parts(case),
        "missing": shown.missing_of(case),
        "payday": queue.histories[case.loan.debtor_id].payday,
        "hours": shown.call_hours(case, queue, now=now),
        "standing": standing,
        "parts": shown_parts(request, case),
        "idle_seconds": int(limits.idle.total_seconds()),
        "renew_seconds": int(limits.lock.total_seconds() / 3),
    }


def _saved(choice: DeskChoice) -> list[tuple[SavedView, str]]:
    """The person's saved filters with their addresses."""
    base = reverse("workbench:desk")
    return [(view, f"{base}?set=1&{urlencode(clean_query(view.query), doseq=True)}") for view in choice.views]


def _moment(text: str) -> Any:
    try:
        found = parse_datetime(text[:40])
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None
