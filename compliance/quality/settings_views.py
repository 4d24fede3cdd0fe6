"""The score form and the sampling plan: read, and saved as a new version."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.services.form_tokens import once
from compliance.breaching.kinds import OF_CRITICAL, OTHER_CONDUCT
from compliance.breaching.kinds import choices as breach_choices
from compliance.models import SamplingPlan, ScoreForm
from compliance.quality.forms_of import form_in_force, save_form
from compliance.quality.plans import NUMBERS, SHARES, save_plan
from compliance.quality.reasons import REASONS
from compliance.quality.refusals import QualityRefused

EDIT = "quality.forms"
VERSIONS_SHOWN = 20
FREE_ITEMS, FREE_CRITICAL = 3, 2
"""Empty lines under what there is, for new ones."""
MOST_LINES = 80
LABELS = {
    "collector_share": gettext_lazy("催收员抽检比例（%）"),
    "agency_share": gettext_lazy("委外机构抽检比例（%）"),
    "least": gettext_lazy("每人每周最少"),
    "most": gettext_lazy("每人每周最多"),
    "long_minutes": gettext_lazy("长通话（分钟）"),
    "short_seconds": gettext_lazy("极短有效通话（秒）"),
    "starter_days": gettext_lazy("新人期（天）"),
}


@requires(EDIT)
@require_http_methods(["GET", "POST"])
@once
def score_form(request: SignedInRequest) -> HttpResponse:
    """An item without a name is taken off the form; a free line with a name is added."""
    current = form_in_force()
    if request.method != "POST":
        return _form_page(request, current, current.body)
    body = _typed_body(request, current)
    try:
        save_form(
            body=body,
            reason=_text(request, "reason"),
            based_on=_whole(_text(request, "based_on")),
            actor=request.user,
            now=clock.database_now(),
        )
    except QualityRefused as refused:
        return _form_page(request, current, body, reason=_text(request, "reason"), refused=refused, status=409)
    messages.success(request, _("新的评分表已生效；已开始的质检仍按原来的版本"))
    return redirect("compliance:quality_form")


@requires(EDIT)
@require_http_methods(["GET", "POST"])
@once
def plan(request: SignedInRequest) -> HttpResponse:
    rows = SamplingPlan.objects.select_related("saved_by").order_by("-valid_from", "-pk")[:VERSIONS_SHOWN]
    versions = list(rows)
    today = clock.business_date(clock.now())
    current = next((one for one in versions if one.valid_from <= today), None)
    names = [*SHARES, *NUMBERS]
    values: dict[str, Any] = {name: getattr(current, name, "") for name in names}
    values |= {f"weight_{code}": (current.weights if current else {}).get(code, 0) for code in REASONS}
    values |= {"valid_from": today.isoformat(), "reason": ""}
    refused: QualityRefused | None = None
    if request.method == "POST":
        values = {name: _text(request, name) for name in values}
        try:
            save_plan(
                typed=values,
                valid_from=_day(values["valid_from"]),
                reason=values["reason"],
                actor=request.user,
                now=clock.database_now(),
            )
        except QualityRefused as wrong:
            refused = wrong
        else:
            messages.success(request, _("抽样方案已保存"))
            return redirect("compliance:quality_plan")
    context = {
        "numbers": [(name, LABELS[name], values[name]) for name in names],
        "weights": [(f"weight_{code}", label, values[f"weight_{code}"]) for code, label in REASONS.items()],
        "valid_from": values["valid_from"],
        "reason": values["reason"],
        "versions": versions,
        "current": current,
        "refused": refused,
        "wrong": refused.field if refused else "",
    }
    return render(request, "compliance/quality/plan.html", context, status=409 if refused else 200)


def _form_page(
    request: SignedInRequest,
    current: ScoreForm,
    body: dict[str, Any],
    *,
    reason: str = "",
    refused: QualityRefused | None = None,
    status: int = 200,
) -> HttpResponse:
    lines = [{**item, "section": one["code"]} for one in body["sections"] for item in one["items"]]
    free: list[dict[str, Any]] = [{"code": "", "section": body["sections"][-1]["code"]} for _n in range(FREE_ITEMS)]
    context = {
        "current": current,
        "lines": list(enumerate([*lines, *free])),
        "sections": body["sections"],
        "critical": [
            (n, one, one.get("breach") or OF_CRITICAL.get(one["code"], OTHER_CONDUCT))
            for n, one in enumerate([*body["critical"], *({"code": ""} for _n in range(FREE_CRITICAL))])
        ],
        "breaches": breach_choices(),
        "pass_mark": body["pass_mark"],
        "total": sum(line["weight"] for line in lines if isinstance(line["weight"], int)),
        "versions": list(
            ScoreForm.objects.select_related("saved_by").defer("body").order_by("-version")[:VERSIONS_SHOWN]
        ),
        "reason": reason,
        "refused": refused,
    }
    return render(request, "compliance/quality/form.html", context, status=status)


def _typed_body(request: SignedInRequest, current: ScoreForm) -> dict[str, Any]:
    """What was typed, in the shape of a form. Sections stay as they are; a section without an item is left without one.
    A new line gets a code that no version before had: what is counted by code never means two things."""
    before = current.body
    items: dict[str, list[dict[str, Any]]] = {one["code"]: [] for one in before["sections"]}
    known = {item["code"] for one in before["sections"] for item in one["items"]}
    for n in range(MOST_LINES):
        label = _text(request, f"label_{n}").strip()
        section = _text(request, f"section_{n}")
        if label and section in items:
            code = _text(request, f"code_{n}")
            items[section].append(
                {
                    "code": code if code in known else _new_code(f"item_{current.version + 1}", known),
                    "label": label,
                    "label_en": _text(request, f"label_en_{n}").strip(),
                    "weight": _whole(_text(request, f"weight_{n}")),
                    "na": _text(request, f"na_{n}") == "on",
                }
            )
    errors = {one["code"] for one in before["critical"]}
    critical = []
    for n in range(MOST_LINES):
        if label := _text(request, f"critical_label_{n}").strip():
            code = _text(request, f"critical_code_{n}")
            label_en = _text(request, f"critical_label_en_{n}").strip()
            kept = code if code in errors else _new_code(f"error_{current.version + 1}", errors)
            error = {"code": kept, "label": label, "label_en": label_en}
            if breach := _text(request, f"critical_breach_{n}"):
                error["breach"] = breach
            critical.append(error)
    return {
        "pass_mark": _whole(_text(request, "pass_mark")),
        "sections": [{**one, "items": items[one["code"]]} for one in before["sections"]],
        "critical": critical,
    }


def _new_code(kind: str, taken: set[str]) -> str:
    """A code that nothing on the form has, and that is taken from now on."""
    number = 1
    while f"{kind}_{number}" in taken:
        number += 1
    taken.add(f"{kind}_{number}")
    return f"{kind}_{number}"


def _text(request: SignedInRequest, name: str) -> str:
    return request.POST.get(name, "").replace("\x00", "")[:200]


def _whole(text: str) -> int:
    """0 for what is no number; no weight and no mark is 0."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 4 else 0


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as wrong:
        raise QualityRefused(_("请填写日期"), "valid_from") from wrong
