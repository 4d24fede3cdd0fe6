"""The tree of a month's targets: seen, proposed, edited and agreed."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from agents.models import SetKind, TargetSet, Team
from agents.targets.choice import month_from, month_text, other_months
from agents.targets.follow import Node, tree_of
from agents.targets.gather import last_of
from agents.targets.metrics import BY_CODE, METRICS
from agents.targets.sets import (
    TargetsRefused,
    agree_targets,
    agreed,
    first_agreed,
    newest,
    propose_targets,
)
from collection_ops.core import clock
from collection_ops.core.access import Scope, has, requires, scope
from collection_ops.core.http import SignedInRequest
from collection_ops.core.services.form_tokens import once

VIEW, SET = "targets.view", "targets.set"
VERSIONS_SHOWN = 20


@requires(VIEW)
@require_GET
def tree(request: SignedInRequest) -> HttpResponse:
    """Company, teams and people for one metric; who sees only themselves goes to their own page."""
    if scope(request.user, VIEW) == Scope.OWN:
        return redirect("targets:person", request.user.pk)
    return _tree(request, request.GET)


@requires(SET)
@require_http_methods(["GET", "POST"])
@once
def propose(request: SignedInRequest) -> HttpResponse:
    """Type the company's targets; they are shared out as a proposal, which nobody is bound by yet."""
    if scope(request.user, SET) != Scope.ALL:
        messages.error(request, _("公司目标由主管提议；组长可以在本组之内调整"))
        return redirect("targets:tree")
    now = clock.now()
    day = clock.business_date(now)
    month = month_from(request.POST.get("month", "") or request.GET.get("month", ""), day)
    before = newest(month)
    typed = {metric.code: request.POST.get(metric.code, "")[:30] for metric in METRICS}
    if request.method != "POST":
        if before is not None:
            typed |= {
                row.metric: f"{row.amount.normalize():f}" for row in before.targets.filter(level="company")
            }  # fmt: skip
        return _proposing(request, month, before, typed)
    try:
        propose_targets(
            month=month, amounts=typed, based_on=_number(request.POST.get("based_on", "")), day=day,
            actor=request.user, now=now,
        )  # fmt: skip
    except TargetsRefused as refused:
        return _proposing(request, month, before, typed, refused=refused, status=409)
    messages.success(request, _("已按在手预期回款与出勤分解。请核对，核定后生效"))
    metric = next((one.code for one in METRICS if typed[one.code].strip()), METRICS[0].code)
    return redirect(f"{reverse('targets:tree')}?{urlencode({'month': month_text(month), 'metric': metric, 'edit': 1})}")


@requires(SET)
@require_http_methods(["GET", "POST"])
@once
def agree(request: SignedInRequest) -> HttpResponse:
    """Put the edited tree in force. Refused, the page comes back with what was typed and the differences."""
    if request.method != "POST":
        return redirect("targets:tree")
    now = clock.now()
    day, metric = clock.business_date(now), BY_CODE.get(request.POST.get("metric", ""))
    if metric is None:
        raise Http404
    month = month_from(request.POST.get("month", ""), day)
    typed = {
        key: str(value)[:30] for key, value in request.POST.items() if key.startswith(("company", "team-", "person-"))
    }
    try:
        kept = agree_targets(
            month=month, metric=metric, typed=typed, reason=request.POST.get("reason", ""),
            based_on=_number(request.POST.get("based_on", "")), actor=request.user, now=now, team=_own_team(request, SET),
        )  # fmt: skip
    except TargetsRefused as refused:
        asked = {"month": month_text(month), "metric": metric.code, "edit": "1"}
        return _tree(request, asked, typed=typed, refused=refused, status=409)
    messages.success(request, _("第 %(version)d 版目标已核定生效") % {"version": kept.version})
    return redirect(f"{reverse('targets:tree')}?{urlencode({'month': month_text(month), 'metric': metric.code})}")


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 19 else -1


def _own_team(request: SignedInRequest, capability: str) -> Team | None:
    """The team that somebody is limited to; None: all. Who leads none, does not see anything."""
    if scope(request.user, capability) == Scope.ALL:
        return None
    team = Team.objects.filter(code=request.user.unit).first() if request.user.unit else None
    if team is None:
        raise Http404
    return team


def _shown(month: date, asked: Mapping[str, Any], *, is_editing: bool) -> TargetSet | None:
    """The version asked for; while editing the newest; else the one in force, or the newest proposal."""
    number = str(asked.get("version", ""))
    if number.isdecimal() and len(number) < 9 and not is_editing:
        found = TargetSet.objects.filter(month=month, version=int(number)).select_related("saved_by").first()
        if found is None:
            raise Http404
        return found
    return newest(month) if is_editing else agreed(month) or newest(month)


def _tree(
    request: SignedInRequest,
    asked: Mapping[str, Any],
    *,
    typed: Mapping[str, str] | None = None,
    refused: TargetsRefused | None = None,
    status: int = 200,
) -> HttpResponse:
    day = clock.business_date(clock.now())
    month = month_from(str(asked.get("month", "")), day)
    metric = BY_CODE.get(str(asked.get("metric", "")), METRICS[0])
    may_set = has(request.user, SET)
    is_editing = may_set and bool(asked.get("edit"))
    team = _team_or_nothing(request)
    version = _shown(month, asked, is_editing=is_editing)
    # The manager who counts every scope sees the company; a leader the own team only.
    only_team = team.pk if team is not None else -1 if scope(request.user, VIEW) != Scope.ALL else None
    first = first_agreed(month)
    root = None if version is None else tree_of(version, metric, day=day, only_team=only_team, first=first)
    # A leader moves amounts and numbers of agreed targets among the own people (sets.agree_targets says why).
    by_leader = metric.adds_up and version is not None and version.kind == SetKind.AGREED
    may_edit = may_set and (only_team is None or by_leader)
    context = {
        "month": month,
        "month_text": month_text(month),
        "months": other_months(month),
        "last": last_of(month),
        "day": min(day, last_of(month)),
        "metric": metric,
        "counter": BY_CODE[metric.counter],
        "metrics": METRICS,
        "version": version,
        "is_proposal": version is not None and version.kind == SetKind.PROPOSED,
        "is_editing": is_editing and may_edit and root is not None,
        "may_edit": may_edit,
        "may_propose": may_set and scope(request.user, SET) == Scope.ALL,
        "is_company": only_team is None,
        "rows": [] if root is None else _rows(root, typed or {}, refused, may_edit_all=only_team is None),
        "versions": list(
            TargetSet.objects.filter(month=month).select_related("saved_by").order_by("-version")[:VERSIONS_SHOWN]
        ),
        "inputs": version.inputs.get("people", {}) if version else {},
        "inputs_day": version.inputs.get("day", "") if version else "",
        "reason": request.POST.get("reason", "")[:200],
        "refused": refused,
    }
    return render(request, "agents/targets/tree.html", context, status=status)


def _team_or_nothing(request: SignedInRequest) -> Team | None:
    if scope(request.user, VIEW) == Scope.ALL or not request.user.unit:
        return None
    return Team.objects.filter(code=request.user.unit).first()


def _rows(
    root: Node, typed: Mapping[str, str], refused: TargetsRefused | None, *, may_edit_all: bool
) -> list[dict[str, Any]]:
    """The tree as the lines of a table, top down. A leader's inputs are those of the people."""
    lines: list[dict[str, Any]] = []

    def add(node: Node, depth: int, whole: str) -> None:
        inputs = node.target.set.inputs.get("people", {}).get(str(node.target.user_id), {})
        lines.append(
            {
                "node": node,
                "depth": depth,
                "whole": whole,
                "typed": typed.get(node.key, f"{node.target.amount:f}"),
                "is_open": may_edit_all or node.target.level == "person",
                "is_wrong": refused is not None and refused.field == node.key,
                "difference": None if refused is None else refused.differences.get(node.key),
                "inputs": inputs,
            }
        )
        for part in node.parts:
            add(part, depth + 1, node.key)

    add(root, {"company": 0, "team": 1}.get(root.target.level, 2), "")
    return lines


def _proposing(
    request: SignedInRequest,
    month: date,
    before: TargetSet | None,
    typed: Mapping[str, str],
    *,
    refused: TargetsRefused | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "month": month,
        "month_text": month_text(month),
        "before": before,
        "lines": [(metric, typed.get(metric.code, ""), refused is not None and refused.field == metric.code)
                  for metric in METRICS],
        "refused": refused,
    }  # fmt: skip
    return render(request, "agents/targets/propose.html", context, status=status)
