"""What stands on the page of one agency, and which forms its reader may use now."""

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render

from collection_ops.core import clock
from collection_ops.core.access import has
from collection_ops.core.http import SignedInRequest
from vendors.agencies import forms as given_forms
from vendors.agencies.doors import doors_of
from vendors.agencies.gather import standing_on
from vendors.agencies.leaving import due_on, what_is_left
from vendors.agencies.limits import limits_on
from vendors.agencies.register import EDIT, JUDGE
from vendors.agencies.selectors import MOST_ROWS, TONES, people_of
from vendors.agencies.standing import Obstacle
from vendors.models import (
    Agency,
    AgencyCheck,
    AgencyDocument,
    AgencyEvaluation,
    AgencyState,
    Contract,
    EvaluationResult,
)
from vendors.models.agency import DATA_AGREEMENT_FIELDS

RESULT_TONES = {
    EvaluationResult.CONTINUE: "success",
    EvaluationResult.LIMIT: "warning",
    EvaluationResult.TERMINATE: "danger",
}
Build = Callable[[], forms.Form]


def find_agency(agency_id: int) -> Agency:
    """Or 404. Whoever may see agencies sees all of them."""
    found = Agency.objects.select_related("desk").filter(pk=agency_id).first() if agency_id < 2**63 else None
    if found is None:
        raise Http404
    return found


def agency_page(
    request: SignedInRequest,
    agency: Agency,
    *,
    sent: dict[str, forms.Form] | None = None,
    told: str = "",
    told_all: Sequence[Obstacle] = (),
    status: int = 200,
) -> HttpResponse:
    """`sent` is the form that came back, by name; `told` a refusal that belongs beside none of its entries."""
    given, now = sent or {}, clock.now()
    day = clock.business_date(now)
    limits = limits_on(day)
    documents = AgencyDocument.objects.filter(agency=agency).select_related("recorded_by")
    checks = AgencyCheck.objects.filter(agency=agency).select_related("recorded_by")
    evaluations = AgencyEvaluation.objects.filter(agency=agency).select_related("recorded_by")
    context = {
        "agency": agency,
        "tone": TONES[AgencyState(agency.state)],
        "has_left": agency.state == AgencyState.EXITED,
        "standing": standing_on(agency, day),
        "documents": _documents(list(documents.order_by("-signed_on", "-pk")[:MOST_ROWS]), day),
        "people": people_of(agency, day, limits),
        "checks": _newest_marked(list(checks.order_by("-checked_on", "-pk")[:MOST_ROWS])),
        "evaluations": [
            (row, RESULT_TONES[EvaluationResult(row.result)])
            for row in evaluations.order_by("-done_on", "-pk")[:MOST_ROWS]
        ],
        "contracts": list(Contract.objects.filter(agency=agency).order_by("-starts_on", "-pk")[:MOST_ROWS]),
        "left": what_is_left(agency, now),
        "doors": doors_of(request.user, agency),
        "exit_due": due_on(agency, limits.exit_days),
        "day": day,
        "forms": _forms(request, agency, given, day),
        "sent": next(iter(given), ""),
        "sent_form": next(iter(given.values()), None),
        "told": told,
        "told_all": told_all,
    }
    return render(request, "vendors/agencies/agency.html", context, status=status)


def _forms(request: SignedInRequest, agency: Agency, given: dict[str, forms.Form], day: Any) -> dict[str, forms.Form]:
    edits, judges, state = has(request.user, EDIT), has(request.user, JUDGE), agency.state
    here = state not in (AgencyState.EXITING, AgencyState.EXITED)
    leaves = edits and state == AgencyState.EXITING
    on_day = {"on": day}
    offered: dict[str, tuple[bool, Build]] = {
        "listing": (
            edits and here,
            lambda: given_forms.ListingForm(
                initial={"listed_on": agency.listed_on, "published_on": agency.published_on}
            ),
        ),
        "document": (edits and here, given_forms.DocumentForm),
        "person": (edits and here, given_forms.PersonForm),
        "check": (judges and here, lambda: given_forms.CheckForm(prefix="check", initial={"checked_on": day})),
        "evaluation": (
            judges and here,
            lambda: given_forms.EvaluationForm(prefix="evaluation", initial={"done_on": day}),
        ),
        "activate": (judges and state == AgencyState.APPLYING, forms.Form),
        "stop": (edits and state == AgencyState.ACTIVE, lambda: given_forms.ReasonForm(prefix="stop")),
        "resume": (judges and state == AgencyState.STOPPED, lambda: given_forms.ReasonForm(prefix="resume")),
        "exit_begin": (edits and here, lambda: given_forms.BeginExitForm(prefix="exit", initial=on_day)),
        "exit_accounts": (
            leaves and agency.accounts_closed_on is None,
            lambda: given_forms.DayForm(prefix="accounts", initial=on_day),
        ),
        "exit_data": (
            leaves and agency.data_returned_on is None,
            lambda: given_forms.DayForm(prefix="data", initial=on_day),
        ),
        "exit_deletion": (
            leaves and agency.deletion_confirmed_on is None,
            lambda: given_forms.DeletionForm(prefix="deletion"),
        ),
        "exit_finish": (leaves, forms.Form),
        "master": (edits and here, forms.Form),
        "certificate": (
            edits and here,
            lambda: given_forms.CertificateForm(prefix="certificate", agency=agency, initial={"certified_on": day}),
        ),
        "left": (
            edits and state != AgencyState.EXITED,
            lambda: given_forms.LeftForm(prefix="left", agency=agency, initial={"left_on": day}),
        ),
    }
    return {name: given.get(name) or build() for name, (allowed, build) in offered.items() if allowed}


def _documents(rows: list[AgencyDocument], day: Any) -> list[dict[str, Any]]:
    """Newest first, each with whether it is the one that counts, and what a data agreement leaves out."""
    counted: set[str] = set()
    found = []
    for row in rows:
        says = row.says if isinstance(row.says, dict) else {}
        agreed = [(label, says.get(name, "")) for name, label in DATA_AGREEMENT_FIELDS.items()] if says else []
        found.append(
            {
                "row": row,
                "counts": row.kind not in counted,
                "is_over": row.valid_until is not None and row.valid_until < day,
                "agreed": agreed,
            }
        )
        counted.add(row.kind)
    return found


def _newest_marked(rows: list[AgencyCheck]) -> list[tuple[AgencyCheck, bool]]:
    counted: set[str] = set()
    found = []
    for row in rows:
        found.append((row, row.kind not in counted))
        counted.add(row.kind)
    return found
