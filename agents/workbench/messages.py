"""Sending a debtor a message: an approved text, queued; the gate is asked when it leaves."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from cases.models import Case, ContactPoint
from cases.names import shown_names
from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.services.form_tokens import once
from compliance.dispatch import MessageRefused, cancel_message, queue_message
from compliance.models import MessageTemplate, QueuedMessage
from compliance.services.templates import usable_templates

CAPABILITY = "contacts.make"
MOST_SHOWN = 20


class MessageForm(forms.Form):
    """Which text to which number."""

    point = forms.ChoiceField(label=gettext_lazy("号码"))
    template = forms.ChoiceField(label=gettext_lazy("模板"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, points: list[ContactPoint], templates: list[MessageTemplate], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.points = {str(point.pk): point for point in points}
        self.templates = {str(template.pk): template for template in templates}
        choices = [(key, f"{one.masked} {one.relation or _('本人')}") for key, one in self.points.items()]
        self.fields["point"].choices = choices  # type: ignore[attr-defined]
        texts = [(key, f"{one.get_audience_display()} · {one.body}") for key, one in self.templates.items()]
        self.fields["template"].choices = texts  # type: ignore[attr-defined]


@requires(CAPABILITY)
@require_http_methods(["GET", "POST"])
@once
def message(request: SignedInRequest, case_id: int) -> HttpResponse:
    """Queue one. With something wrong the form comes back as it was filled in."""
    case = _case(request, case_id)
    now = clock.now()
    day = clock.business_date(now)
    points = list(ContactPoint.objects.filter(debtor_id=case.loan.debtor_id, kind="phone").order_by("relation", "pk"))
    texts = [*usable_templates(day, audience="debtor"), *usable_templates(day, audience="contact")]
    status = 200
    if request.method == "POST":
        form = MessageForm(request.POST, points=points, templates=texts)
        status = 400
        if form.is_valid():
            try:
                queue_message(
                    case=case,
                    point=form.points[form.cleaned_data["point"]],
                    template=form.templates[form.cleaned_data["template"]],
                    actor=request.user,
                    now=now,
                )
            except MessageRefused as refused:
                form.add_error(None, str(refused))
                status = 409
            else:
                messages.success(request, _("已排队；发送时再按规则判断一次"))
                return redirect("workbench:message", case.pk)
    else:
        form = MessageForm(points=points, templates=texts)
    queued = QueuedMessage.objects.filter(case=case).select_related("template", "point", "queued_by").defer("text")
    context = {
        "case": case,
        "name": shown_names(request.user, [case])[case.pk],
        "form": form,
        "has_texts": bool(texts),
        "queued": list(queued.order_by("-pk")[:MOST_SHOWN]),
    }
    return render(request, "agents/workbench/message.html", context, status=status)


@requires(CAPABILITY)
@require_POST
@once
def cancel(request: SignedInRequest, case_id: int, message_id: int) -> HttpResponse:
    case = _case(request, case_id)
    found = QueuedMessage.objects.filter(case=case, pk=message_id).first()
    if found is None:
        raise Http404
    try:
        cancel_message(message=found, actor=request.user, now=clock.now())
        messages.success(request, _("已取消"))
    except MessageRefused as refused:
        messages.error(request, str(refused))
    return redirect("workbench:message", case.pk)


def _case(request: SignedInRequest, case_id: int) -> Case:
    """A case that the person may contact about; anybody else's does not exist."""
    cases = Case.objects.for_user(request.user, CAPABILITY).select_related("loan__debtor", "loan__source")
    case: Case | None = cases.filter(pk=case_id).first()
    if case is None:
        raise Http404
    return case
