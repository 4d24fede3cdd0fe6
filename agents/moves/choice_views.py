"""What a choice would do, the button that does it, and what came of it."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from agents.models import ChoiceState, MoveChoice
from agents.moves.choice import confirm, preview_of
from agents.moves.codes import refusal, warning
from agents.moves.limits import CAPABILITY
from agents.moves.move import MoveRefused
from cases.models import Case
from cases.names import shown_names
from cases.selectors import with_relations
from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.services.form_tokens import once

SHOWN = 50


@requires(CAPABILITY)
@require_http_methods(["GET", "POST"])
@once
def choice(request: SignedInRequest, choice_id: int) -> HttpResponse:
    """One's own choice: the preview with its button, or the result. A POST moves it."""
    own = MoveChoice.objects.select_related("desk__owner", "made_by", "job")
    found = own.filter(pk=min(choice_id, 2**63 - 1), made_by=request.user).first()
    if found is None:
        raise Http404
    if request.method == "POST":
        try:
            done = confirm(
                choice=found,
                with_linked=request.POST.get("with_linked") == "on",
                actor=request.user,
                now=clock.database_now(),
            )
        except MoveRefused as refused:
            found.refresh_from_db()
            return _page(request, found, refused=refused, status=409)
        if done.state == ChoiceState.MOVED:
            count = int(done.result["moved"])
            messages.success(request, ngettext("已移动 %(count)s 件", "已移动 %(count)s 件", count) % {"count": count})
        return redirect("moves:choice", found.pk)
    return _page(request, found)


def _page(
    request: SignedInRequest, found: MoveChoice, *, refused: MoveRefused | None = None, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {"choice": found, "refused": refused, "shown": SHOWN}
    if found.state == ChoiceState.MOVED:
        context |= _result(request, found)
    elif found.state == ChoiceState.PREVIEW:
        context |= _preview(request, found)
    return render(request, "agents/moves/choice.html", context, status=status)


def _preview(request: SignedInRequest, found: MoveChoice) -> dict[str, Any]:
    with_linked = found.with_linked if "without" not in request.GET else False
    preview = preview_of(found, actor=request.user, with_linked=with_linked, now=clock.database_now())
    groups = [(refusal(code), len(ids), ids[:SHOWN]) for code, ids in preview.refused_by_code]
    shown = {case for _text, _count, ids in groups for case in ids} | {
        line.case_id for line in preview.loses_touch[:SHOWN]
    }
    labels = _labels(request, shown)
    return {
        "preview": preview,
        "with_linked": with_linked,
        "refused_groups": [
            (text, count, [labels.get(pk, (f"#{pk}", "")) for pk in ids]) for text, count, ids in groups
        ],
        "loses_touch": [(line, *labels.get(line.case_id, ("", ""))) for line in preview.loses_touch[:SHOWN]],
        "warnings": [warning(code) for code in preview.decision.warnings],
    }


def _result(request: SignedInRequest, found: MoveChoice) -> dict[str, Any]:
    refused = found.result.get("refused", [])
    labels = _labels(request, {one["case"] for one in refused})
    taken: list[dict[str, Any]] = []
    others: dict[str, list[tuple[str, str]]] = {}
    for one in refused:
        label = labels.get(one["case"], (f"#{one['case']}", ""))
        if one["code"] == "elsewhere":
            taken.append({**one, "name": label[0], "contract": label[1], "at": parse_datetime(one["at"] or "")})
        else:
            others.setdefault(one["code"], []).append(label)
    return {
        "taken": taken,
        "refused_groups": [(refusal(code), len(rows), rows[:SHOWN]) for code, rows in others.items()],
        "warnings": [warning(code) for code in found.result.get("warnings", [])],
    }


def _labels(request: SignedInRequest, ids: set[int]) -> dict[int, tuple[str, str]]:
    """Name as the reader may see it, and contract, of cases that the reader chose from what they may see."""
    cases = list(with_relations(Case.objects.filter(pk__in=ids)))
    names = shown_names(request.user, cases)
    return {case.pk: (names[case.pk], case.loan.contract_no) for case in cases}
