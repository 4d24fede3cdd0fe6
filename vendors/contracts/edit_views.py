"""The draft of a version: one form, saved as a whole."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.services.form_tokens import once
from vendors.contracts.drafting import ContractRefused, save_version
from vendors.contracts.reading import ROWS, digest_of, terms_of
from vendors.contracts.samples import stage_choices
from vendors.contracts.terms import EVENT_LABELS, PENALISED, Event, faults
from vendors.contracts.typed import OF_ROW, OF_STEP, OF_TARGET, Typed, read, rearranged, typed_from, typed_of
from vendors.models import ContractVersion, VersionState
from vendors.models.contract import MEASURES, METHODS, ROUNDINGS


@requires("contracts.edit")
@require_http_methods(["GET", "POST"])
@once
def edit(request: SignedInRequest, version_id: int) -> HttpResponse:
    """The buttons that add, remove or move a line send the form and get it back, changed and not saved."""
    found = ContractVersion.objects.select_related("contract__agency", "made_by").prefetch_related(*ROWS)
    version = get_object_or_404(found, pk=version_id)
    terms = terms_of(version)
    if request.method != "POST":
        if version.state != VersionState.DRAFT:
            return redirect("vendors:contract", version.contract_id)
        return _page(request, version, typed_of(terms, version.note), based_on=digest_of(terms))
    typed, based_on = typed_from(request.POST), request.POST.get("based_on", "")[:64]
    act = request.POST.get("act", "save")
    if act != "save":
        return _page(request, version, rearranged(typed, act), based_on=based_on)
    typed_terms, wrong = read(typed, version=version.pk)
    if typed_terms is None:
        return _page(request, version, typed, based_on=based_on, wrong=wrong, status=400)
    try:
        save_version(
            version=version, terms=typed_terms, note=typed["fields"]["note"], based_on=based_on, actor=request.user,
            now=clock.database_now(),
        )  # fmt: skip
    except ContractRefused as refused:
        return _page(request, version, typed, based_on=based_on, refused=refused, status=409)
    messages.success(request, _("草稿已保存"))
    return redirect("vendors:contract_edit", version.pk)


def _page(
    request: SignedInRequest,
    version: ContractVersion,
    typed: Typed,
    *,
    based_on: str,
    wrong: dict[str, str] | None = None,
    refused: ContractRefused | None = None,
    status: int = 200,
) -> HttpResponse:
    wrong = wrong or {}
    understood, _wrong = read(typed, version=version.pk)
    context = {
        "version": version,
        "contract": version.contract,
        "based_on": based_on,
        "fields": typed["fields"],
        "wrong": wrong,
        "lines": [_row(n, row, wrong) for n, row in enumerate(typed["rows"], 1)],
        "steps": [_step(n, step, wrong) for n, step in enumerate(typed["steps"], 1)],
        "events": [
            {
                "code": str(event), "label": EVENT_LABELS[event], "is_bonus": event not in PENALISED,
                "text": typed["events"][str(event)], "wrong": wrong.get(f"event-{event}", ""),
            }
            for event in Event
        ],
        "targets": [_target(n, one, wrong) for n, one in enumerate(typed["targets"], 1)],
        "measures": MEASURES,
        "methods": METHODS,
        "roundings": ROUNDINGS,
        "refused": refused,
        "count_wrong": len(wrong),
        # What would keep it from being submitted, of what stands on the page.
        "lacking": [str(one) for one in faults(understood)] if understood and not refused else [],
    }  # fmt: skip
    return render(request, "vendors/contracts/edit.html", context, status=status)


def _row(n: int, row: dict[str, Any], wrong: dict[str, str]) -> dict[str, Any]:
    return {
        "n": n,
        "row": row,
        "stages": [(value, label, value in row["stages"]) for value, label in stage_choices()],
        "wrong": {name: wrong.get(f"row-{n}-{name}", "") for name in (*OF_ROW, "stages")},
        "height": max(3, row["bands"].count("\n") + 2),
    }


def _step(n: int, step: dict[str, str], wrong: dict[str, str]) -> dict[str, Any]:
    return {"n": n, "step": step, "wrong": {name: wrong.get(f"step-{n}-{name}", "") for name in OF_STEP}}


def _target(n: int, one: dict[str, Any], wrong: dict[str, str]) -> dict[str, Any]:
    return {
        "n": n,
        "target": one,
        "stages": [(value, label, value in one["stages"]) for value, label in stage_choices()],
        "wrong": {name: wrong.get(f"target-{n}-{name}", "") for name in (*OF_TARGET, "stages")},
    }
