"""Texts of messages, who wrote and who approved them; and what is queued, sent and refused."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases.models import Case
from cases.names import shown_names
from collection_ops.core import clock
from collection_ops.core.access import has, requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.paging import key_page
from collection_ops.core.services.form_tokens import once
from compliance.forms_messages import OutboxFilter, TemplateDecision, TemplateForm
from compliance.models import MessageTemplate, QueuedMessage
from compliance.services.templates import (
    APPROVE,
    MANAGE,
    TemplateRefused,
    decide_template,
    retire_template,
    write_template,
)


@requires("templates.view")
@require_GET
def templates(request: SignedInRequest) -> HttpResponse:
    """Newest first, all versions."""
    page = key_page(request, MessageTemplate.objects.select_related("author", "approved_by"))
    return render(request, "compliance/templates.html", {"page": page, "may_write": has(request.user, MANAGE)})


@requires("templates.view")
@require_GET
def template(request: SignedInRequest, template_id: int) -> HttpResponse:
    return _template_page(request, _template(template_id))


def _template(template_id: int) -> MessageTemplate:
    found: MessageTemplate = get_object_or_404(
        MessageTemplate.objects.select_related("author", "approved_by"), pk=template_id
    )
    return found


def _template_page(request: SignedInRequest, found: MessageTemplate, *, error: str = "", status: int = 200) -> Any:
    others = MessageTemplate.objects.filter(code=found.code).exclude(pk=found.pk).order_by("-version")[:20]
    pending = found.state == "pending"
    context = {
        "template": found,
        "others": list(others),
        "may_decide": pending and has(request.user, APPROVE) and found.author_id != request.user.pk,
        "is_own": pending and found.author_id == request.user.pk,
        "may_retire": found.state == "approved" and has(request.user, MANAGE),
        "may_write": has(request.user, MANAGE),
        "error": error,
        "typed": request.POST.get("reason", ""),
    }
    return render(request, "compliance/template.html", context, status=status)


@requires(MANAGE)
@require_http_methods(["GET", "POST"])
@once
def template_new(request: SignedInRequest) -> HttpResponse:
    """Write a text; `?from=` begins with the words of another version."""
    now = clock.now()
    today = clock.business_date(now)
    if request.method == "GET":
        return render(
            request, "compliance/template_new.html", {"form": TemplateForm(today=today, initial=_words(request))}
        )
    form = TemplateForm(request.POST, today=today)
    status = 400
    if form.is_valid():
        try:
            found = write_template(**form.cleaned_data, actor=request.user, now=now)
        except TemplateRefused as refused:
            form.add_error(refused.field or None, str(refused))
            status = 409
        else:
            messages.success(request, _("已保存，须由另一人批准后才能使用"))
            return redirect("compliance:template", found.pk)
    return render(request, "compliance/template_new.html", {"form": form}, status=status)


def _words(request: SignedInRequest) -> dict[str, str]:
    given = request.GET.get("from", "")
    if not (given.isdecimal() and len(given) < 19):
        return {}
    found = MessageTemplate.objects.filter(pk=given).first()
    names = ("code", "channel", "audience", "purpose", "body")
    return {name: getattr(found, name) for name in names} if found is not None else {}


@requires(APPROVE)
@require_POST
@once
def template_decide(request: SignedInRequest, template_id: int) -> HttpResponse:
    found = _template(template_id)
    form = TemplateDecision(request.POST)
    if not form.is_valid():
        return _template_page(request, found, error=_("请选择批准或不批准"), status=400)
    approve = form.cleaned_data["approve"] == "yes"
    try:
        decide_template(
            template=found, approve=approve, actor=request.user, now=clock.now(), reason=form.cleaned_data["reason"]
        )
    except TemplateRefused as refused:
        return _template_page(request, found, error=str(refused), status=409)
    messages.success(request, _("已批准，可以使用") if approve else _("已退回给作者"))
    return redirect("compliance:template", found.pk)


@requires(MANAGE)
@require_POST
@once
def template_retire(request: SignedInRequest, template_id: int) -> HttpResponse:
    found = _template(template_id)
    try:
        retire_template(template=found, actor=request.user, now=clock.now(), reason=request.POST.get("reason", ""))
    except TemplateRefused as refused:
        return _template_page(request, found, error=str(refused), status=409)
    messages.success(request, _("已停用；排队中的消息到时不会发出"))
    return redirect("compliance:template", found.pk)


@requires("messages.view")
@require_GET
def outbox(request: SignedInRequest) -> HttpResponse:
    """Messages of cases in the reader's scope, newest first."""
    form = OutboxFilter(request.GET or None)
    chosen = form.cleaned_data if form.is_valid() else {}
    found = QueuedMessage.objects.filter(case__in=Case.objects.for_user(request.user, "messages.view"))
    if chosen.get("state"):
        found = found.filter(state=chosen["state"])
    if chosen.get("template"):
        found = found.filter(template__code=chosen["template"])
    page = key_page(
        request,
        found.select_related("case__loan__debtor", "case__loan__source", "point", "template", "queued_by")
        .defer("text")
        .select_related("decision"),
    )
    names = shown_names(request.user, [row.case for row in page.rows])
    context = {
        "form": form,
        "page": page,
        "lines": [{"message": row, "name": names[row.case_id], "rules": _rules(row)} for row in page.rows],
        "is_filtered": any(chosen.values()),
    }
    return render(request, "compliance/outbox.html", context)


def _rules(message: QueuedMessage) -> list[str]:
    """Of a refusal, or of what was put off."""
    if message.decision is None or message.state not in ("refused", "requeued"):
        return []
    return [reason["rule"] for reason in message.decision.reasons if reason["verdict"] == "block"]
