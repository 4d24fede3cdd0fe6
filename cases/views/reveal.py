"""Opening a masked value of a case."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from cases import selectors
from cases.models import ContactPoint
from cases.services import reveal as service
from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest

LARGEST_ID = 2**63 - 1
View = Callable[..., HttpResponseBase]


def _tries_are_kept(capability: str) -> Callable[[View], View]:
    """Outside `requires`: somebody signed in without the right leaves a row before being refused."""

    def decorate(view: View) -> View:
        @wraps(view)
        def watched(request: SignedInRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method == "POST" and request.user.is_authenticated:
                service.record_missing_right(case_id=kwargs["case_id"], capability=capability, actor=request.user)
            return view(request, *args, **kwargs)

        return watched

    return decorate


def _answer(
    request: SignedInRequest, case_id: int, masked: str, show: Callable[[], service.Revealed], *, dials: bool = False
) -> HttpResponse:
    context: dict[str, Any] = {"case_id": case_id, "masked": masked, "seconds": service.SHOWN_SECONDS, "dials": dials}
    status = 200
    try:
        context["revealed"] = show()
    except service.RevealRefused as refused:
        context["refused"] = str(refused)
        # A fragment is swapped in only when the answer is good; without a script the status says it was refused.
        status = 200 if request.headers.get("HX-Request") == "true" else 429 if refused.code == "quota" else 422
    template = "cases/_revealed.html" if request.headers.get("HX-Request") == "true" else "cases/revealed.html"
    response = render(request, template, context, status=status)
    response["Cache-Control"] = "no-store, private"
    return response


@_tries_are_kept(service.PHONES)
@requires(service.PHONES)
@require_POST
@never_cache
def contact(request: SignedInRequest, case_id: int, contact_id: int) -> HttpResponse:
    """One contact point of the case's debtor, for half a minute."""
    user = request.user
    case = selectors.find_case(user, case_id, service.PHONES)
    if case is None or selectors.find_case(user, case_id) is None:
        raise Http404
    point = ContactPoint.objects.filter(debtor_id=case.loan.debtor_id, pk=min(contact_id, LARGEST_ID)).first()
    if point is None:
        raise Http404
    return _answer(
        request,
        case_id,
        point.masked,
        lambda: service.reveal_contact(
            case=case,
            contact_point=point,
            reason=request.POST.get("reason", ""),
            note=request.POST.get("note", "").replace("\x00", "")[:120],
            actor=user,
            now=clock.database_now(),
        ),
        dials=point.kind == ContactPoint.Kind.PHONE and request.POST.get("dials") == "1",
    )


@_tries_are_kept(service.IDS)
@requires(service.IDS)
@require_POST
@never_cache
def id_number(request: SignedInRequest, case_id: int) -> HttpResponse:
    """The ID number of the case's debtor, for half a minute."""
    user = request.user
    case = selectors.find_case(user, case_id, service.IDS)
    if case is None or selectors.find_case(user, case_id) is None or not case.loan.debtor.id_last4:
        raise Http404
    return _answer(
        request,
        case_id,
        f"**************{case.loan.debtor.id_last4}",
        lambda: service.reveal_id_number(
            case=case,
            reason=request.POST.get("reason", ""),
            note=request.POST.get("note", "").replace("\x00", "")[:120],
            actor=user,
            now=clock.database_now(),
        ),
    )
