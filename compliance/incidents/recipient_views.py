"""To whom written reports go."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from cases.views.care import say
from collection_ops.core import clock
from collection_ops.core.access import has, requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.services.form_tokens import once
from compliance.incidents.forms import RecipientForm
from compliance.incidents.incident_views import VIEW
from compliance.incidents.recipients import add_recipient, switch_recipient
from compliance.incidents.refusals import IncidentRefused
from compliance.incidents.register import WRITE
from compliance.models import IncidentRecipient


@requires(VIEW)
@require_GET
def recipients(request: SignedInRequest) -> HttpResponse:
    return _page(request, RecipientForm())


@requires(WRITE)
@require_POST
@once
def recipient_new(request: SignedInRequest) -> HttpResponse:
    form = RecipientForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=400)
    try:
        add_recipient(actor=request.user, now=clock.database_now(), **form.cleaned_data)
    except IncidentRefused as refused:
        return _page(request, form, told=say(form, refused), status=409)
    messages.success(request, _("报送对象已保存"))
    return redirect("compliance:recipients")


@requires(WRITE)
@require_POST
@once
def recipient_switch(request: SignedInRequest, recipient_id: int) -> HttpResponse:
    row = IncidentRecipient.objects.filter(pk=recipient_id).first() if recipient_id < 2**63 else None
    if row is None:
        raise Http404
    is_active = request.POST.get("active") == "1"
    switch_recipient(recipient=row, is_active=is_active, actor=request.user, now=clock.database_now())
    messages.success(request, _("报送对象已启用") if is_active else _("报送对象已停用"))
    return redirect("compliance:recipients")


def _page(request: SignedInRequest, form: forms.Form, *, told: str = "", status: int = 200) -> HttpResponse:
    context = {
        "rows": IncidentRecipient.objects.order_by("-is_active", "kind", "name")[:200],
        "form": form,
        "told": told,
        "may_write": has(request.user, WRITE),
    }
    return render(request, "compliance/incidents/recipients.html", context, status=status)
