"""The table of rules by which cases are dealt: read, edited line by line, tried out, saved as a new version."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from agents.assignment.rules import BOUNDS, LABELS, MOST_LINES, RulesInForce, rules_in_force, save_rules
from agents.assignment.runs import AssignmentRefused
from agents.assignment.selectors_board import working_day
from agents.assignment.trying import Tried, try_out
from agents.models import AssignmentRules
from cases.stage import OVERDUE_STAGES
from collection_ops.core import clock
from collection_ops.core.access import has, requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.services.form_tokens import once

VERSIONS_SHOWN = 20
LISTS = ("products", "regions", "languages")
NEW_LINE: dict[str, Any] = {"name": "", "stages": [], "min_level": "1", "amount_from": "", "amount_to": ""} | {
    name: [] for name in LISTS
}
SEPARATORS = re.compile(r"[,，、;；\n]+")


@requires("assignment.view")
@require_GET
def rules(request: SignedInRequest) -> HttpResponse:
    """The rules in force with their history; those who may change them can."""
    in_force = rules_in_force()
    return _page(request, in_force, *_shown(in_force))


@requires("assignment.rules")
@require_POST
@once
def save(request: SignedInRequest) -> HttpResponse:
    """`do`: save puts what was typed in force; try shows what it would change; add, remove-N, up-N and down-N change
    the table on the page only."""
    in_force, do = rules_in_force(), request.POST.get("do", "")
    lines = typed_lines(request.POST)
    values = {name: request.POST.get(f"value-{name}", "").strip() for name in BOUNDS}
    reason = request.POST.get("reason", "").replace("\x00", "")
    if _rearranged(lines, do):
        return _page(request, in_force, lines, values, reason=reason, is_edited=True)
    now, based_on = clock.database_now(), request.POST.get("based_on", "")
    try:
        if do == "save":
            number = int(based_on) if based_on.isdecimal() and len(based_on) < 19 else -1
            save_rules(lines=lines, values=values, reason=reason, based_on=number, actor=request.user, now=now)
            messages.success(request, _("新的规则已生效，下一次分案起使用"))
            return redirect("assignment:rules")
        tried = try_out(in_force, lines, values, day=working_day(clock.business_date(now)))
    except AssignmentRefused as refused:
        return _page(request, in_force, lines, values, reason=reason, refused=refused, is_edited=True, status=409)
    return _page(request, in_force, lines, values, reason=reason, tried=tried, is_edited=True)


def typed_lines(typed: QueryDict) -> list[dict[str, Any]]:
    """The table as it was typed, texts as they are; lists parted at commas and 、."""
    count = typed.get("line_count", "")
    number = min(int(count), MOST_LINES + 1) if count.isascii() and count.isdigit() and len(count) < 5 else 0
    found = []
    for index in range(number):
        line: dict[str, Any] = {
            name: typed.get(f"line-{index}-{name}", "").replace("\x00", "")[:200].strip()
            for name in ("name", "amount_from", "amount_to", "min_level")
        }
        line["stages"] = [stage for stage in typed.getlist(f"line-{index}-stages") if stage.isdecimal()][:9]
        for name in LISTS:
            text = typed.get(f"line-{index}-{name}", "").replace("\x00", "")[:2_000]
            line[name] = [part.strip() for part in SEPARATORS.split(text) if part.strip()]
        found.append(line)
    return found


def _rearranged(lines: list[dict[str, Any]], do: str) -> bool:
    """Adds, takes away or moves a line; False where `do` asks for none of these."""
    if do == "add":
        lines.append(dict(NEW_LINE))
        return True
    verb, _dash, text = do.partition("-")
    if verb not in ("remove", "up", "down"):
        return False
    index = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else len(lines)
    if index >= len(lines):
        return True
    if verb == "remove":
        del lines[index]
    else:
        other = index + (1 if verb == "down" else -1)
        if 0 <= other < len(lines):
            lines[index], lines[other] = lines[other], lines[index]
    return True


def _shown(found: RulesInForce) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    lines = [line.to_json() for line in found.lines]
    return lines, {name: getattr(found.values, name) for name in BOUNDS}


def _page(
    request: SignedInRequest,
    in_force: RulesInForce,
    lines: Sequence[Mapping[str, Any]],
    values: Mapping[str, Any],
    *,
    reason: str = "",
    tried: Tried | None = None,
    refused: AssignmentRefused | None = None,
    is_edited: bool = False,
    status: int = 200,
) -> HttpResponse:
    wrong = refused.field if refused else ""
    shown = []
    for index, line in enumerate(lines):
        is_wrong = wrong.startswith(f"lines.{index}.")
        stages = {str(stage) for stage in line["stages"]}
        shown.append(
            {
                **line,
                **{name: "、".join(line[name]) for name in LISTS},
                "stages": [(stage, str(stage.value) in stages) for stage in OVERDUE_STAGES],
                "chosen_stages": [stage for stage in OVERDUE_STAGES if str(stage.value) in stages],
                "is_wrong": is_wrong,
                "wrong": wrong.rpartition(".")[2] if is_wrong else "",
            }
        )
    value_lines = [
        {"name": name, "label": LABELS[name], "value": values[name], "bounds": bounds, "is_wrong": wrong == name}
        for name, bounds in BOUNDS.items()
    ]
    versions = AssignmentRules.objects.select_related("saved_by").order_by("-pk")[:VERSIONS_SHOWN]
    context = {
        "lines": shown,
        "values": value_lines,
        "in_force": in_force,
        "versions": list(versions),
        "may_edit": has(request.user, "assignment.rules"),
        "is_edited": is_edited,
        "reason": reason,
        "tried": tried,
        "refused": refused,
        "levels": range(1, 6),
    }
    return render(request, "agents/assignment/rules.html", context, status=status)
