"""Filters of the import pages: changes with their sign, problems in words."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import template
from django.utils.translation import gettext_lazy as _

from cases.imports.words.fields import column_label
from cases.imports.words.problems import render
from cases.models import ImportProblem, ImportRun
from cases.services.error_workbook import sentence as sentence_of
from cases.stage import stage_of

register = template.Library()
register.filter("column_label", column_label)

MINUS = "−"


def _signed(text: str, value: Any) -> str:
    if value == 0:
        return text
    return f"+{text}" if value > 0 else f"{MINUS}{text}"


@register.filter
def signed(number: int) -> str:
    """12 → +12, -3 → −3, 0 → 0"""
    return _signed(f"{abs(number):,}", number)


@register.filter
def signed_money(amount: Decimal) -> str:
    return _signed(f"{abs(amount):,.2f}", amount)


@register.filter
def signed_percent(percent: Decimal) -> str:
    return _signed(f"{abs(percent)} %", percent)


@register.filter
def sentence(problem: ImportProblem) -> str:
    """What is wrong, in the reader's language."""
    return sentence_of(problem)


@register.filter
def refusal_sentence(run: ImportRun) -> str:
    """Why the file was refused, in the reader's language."""
    refusal = run.refusal
    if not refusal:
        return ""
    return render(refusal["code"], {**refusal.get("params", {})})


STEP_WORDS = {
    "read": _("打开文件"),
    "clean": _("检查每一行"),
    "stage": _("保存检查结果"),
    "match": _("与账簿比对"),
    "undo": _("核对之后的变动并撤销"),
}


@register.filter
def step_word(step: str) -> str:
    """A job's own word for where it is, in the reader's language."""
    return str(STEP_WORDS.get(step, step))


@register.filter
def entry(values: Mapping[Any, Any], key: Any) -> Any:
    """values|entry:row.pk"""
    return values.get(key, "")


@register.filter
def stage_label(days: int | None) -> str:
    """45 → M2"""
    return "" if days is None else str(stage_of(days).label)
