"""Tags every page uses (builtin: no {% load %} needed)."""

from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from django import template
from django.forms import BoundField
from django.http import HttpRequest
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

from collection_ops.core import audit_texts
from collection_ops.core.access import has
from collection_ops.core.notification_texts import sentence
from collection_ops.core.services.form_tokens import FIELD, new_token
from collection_ops.core.wording import listed

register = template.Library()
register.filter("listed", listed)

TONES = ("neutral", "info", "success", "warning", "danger")


@register.simple_tag
def form_token() -> SafeString:
    """Hidden input with a one-use token; see services/form_tokens.py."""
    return format_html('<input type="hidden" name="{}" value="{}">', FIELD, new_token())


@register.filter
def money(amount: Any) -> str:
    """1234.5 → 1,234.50; nothing → a dash. Figures look the same in both languages."""
    if amount is None or amount == "":
        return "–"
    return f"{Decimal(amount):,.2f}"


@register.filter
def count(number: Any) -> str:
    """12345 → 12,345"""
    return "–" if number is None or number == "" else f"{int(number):,}"


@register.filter
def may(user: Any, capability: str) -> bool:
    """{% if user|may:"imports.apply" %} – hides what would be refused anyway; the view asks again."""
    return has(user, capability)


@register.simple_tag
def badge(text: Any, tone: str = "neutral") -> SafeString:
    """{% badge run.get_state_display "warning" %}: a word on a coloured ground. The word carries the meaning, the colour
    repeats it. Tones: neutral, info, success, warning, danger (contrast of each is set in site.css)."""
    return format_html('<span class="badge tone-{}">{}</span>', tone if tone in TONES else "neutral", text)


@register.filter
def control(field: BoundField) -> SafeString:
    """The widget of a form field with the classes the theme wants; used by django/forms/field.html."""
    kind = getattr(field.field.widget, "input_type", "")
    css = {"checkbox": "form-check-input", "radio": "form-check-input", "select": "form-select", "range": "form-range"}
    classes = [css.get(kind, "form-control"), field.field.widget.attrs.get("class", "")]
    if field.errors:
        classes.append("is-invalid")
    return field.as_widget(attrs={"class": " ".join(c for c in classes if c)})


@register.filter
def is_choice_list(field: BoundField) -> bool:
    """Whether the widget is a list of radio buttons or check boxes, each of which has a label of its own."""
    return bool(field.use_fieldset)


@register.filter
def said(row: Any) -> str:
    """{{ notification|said }}: its sentence in the reader's language."""
    return sentence(row.kind, row.params)


@register.filter
def job_said(job: Any) -> str:
    """What came of a job: the handler's sentence (result["sentence"] and ["params"]), else its error, else nothing."""
    if job.state == "done" and isinstance(job.result, dict) and job.result.get("sentence"):
        return sentence(job.result["sentence"], job.result.get("params", {}))
    return str(job.error)


@register.filter
def action_label(code: str) -> str:
    """{{ event.action|action_label }}: the name of an audit action."""
    return audit_texts.action_label(code)


@register.filter
def job_tone(state: str) -> str:
    """The tone of a job's badge."""
    return {"queued": "neutral", "running": "info", "done": "success"}.get(state, "danger")


@register.simple_tag(takes_context=True)
def this_page(context: Context) -> str:
    """The address at which the reader can open this page again. A form that came back with its mistakes was answered to a
    POST, at an address that may take nothing else: the page on which the form stands is meant then."""
    request: HttpRequest = context["request"]
    if request.method == "GET":
        return request.get_full_path()
    came_from = urlsplit(request.headers.get("Referer", ""))
    return came_from.path + (f"?{came_from.query}" if came_from.query else "") or "/"
