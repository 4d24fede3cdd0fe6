"""When and how a person wants to be contacted: a tab of the record, and its two forms."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from cases.models import Case
from cases.names import shown_names
from cases.record_tabs import record_tab
from cases.views.care import case_or_404, say
from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.services.form_tokens import once
from compliance.forms_wishes import EndWishForm, WishForm
from compliance.models import ContactWish, WishKind
from compliance.services.wishes import WishRefused, end_wish, record_wish

KEEP, TAB = "wishes.keep", "wishes"
ENDED_SHOWN = 20


@record_tab(TAB, label=gettext_lazy("联系约定"), template="compliance/_record_wishes.html", order=55)
def wishes_tab(request: SignedInRequest, case: Case) -> dict[str, Any]:
    """What holds, the newest first, and what ended."""
    found = ContactWish.objects.filter(debtor_id=case.loan.debtor_id).select_related("recorded_by", "ended_by")
    return {
        "wishes": list(found.filter(ended_on=None).order_by("-pk")),
        "ended": list(found.exclude(ended_on=None).order_by("-ended_on", "-pk")[:ENDED_SHOWN]),
        "kinds": WishKind.choices,
    }


@requires(KEEP)
@require_http_methods(["GET", "POST"])
@once
def record(request: SignedInRequest, case_id: int) -> HttpResponse:
    """One of a kind (`?kind=`)."""
    case = case_or_404(request, case_id, KEEP)
    asked = request.GET.get("kind", "")
    kind = WishKind(asked) if asked in WishKind.values else WishKind.INCONVENIENT
    form, told, status = WishForm(request.POST or None, kind=kind), "", 200 if request.method == "GET" else 400
    if request.method == "POST" and form.is_valid():
        try:
            record_wish(debtor=case.loan.debtor, kind=kind, actor=request.user, now=clock.now(), **form.cleaned_data)
        except WishRefused as refused:
            told, status = say(form, refused), 409
        else:
            messages.success(request, _("联系约定已登记，之后的联系按它判定"))
            return redirect(_to_tab(case))
    return _shown(request, "compliance/wish_new.html", case, status=status, told=told, form=form, kind=kind)


@requires(KEEP)
@require_http_methods(["GET", "POST"])
@once
def end(request: SignedInRequest, case_id: int, wish_id: int) -> HttpResponse:
    case = case_or_404(request, case_id, KEEP)
    wish = ContactWish.objects.filter(debtor_id=case.loan.debtor_id, pk=min(wish_id, 2**63 - 1)).first()
    if wish is None:
        raise Http404
    form, told, status = EndWishForm(request.POST or None), "", 200 if request.method == "GET" else 400
    if request.method == "POST" and form.is_valid():
        try:
            end_wish(wish=wish, reason=form.cleaned_data["reason"], actor=request.user, now=clock.now())
        except WishRefused as refused:
            told, status = say(form, refused), 409
        else:
            messages.success(request, _("联系约定已结束"))
            return redirect(_to_tab(case))
    return _shown(request, "compliance/wish_end.html", case, status=status, told=told, form=form, wish=wish)


def _to_tab(case: Case) -> str:
    return f"{reverse('cases:record', args=[case.pk])}?tab={TAB}"


def _shown(request: SignedInRequest, template: str, case: Case, *, status: int, **context: Any) -> HttpResponse:
    name = shown_names(request.user, [case])[case.pk]
    return render(request, template, {"case": case, "name": name, "back": _to_tab(case), **context}, status=status)
