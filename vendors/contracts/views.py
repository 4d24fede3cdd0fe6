"""Contracts: the list, registering one, one with its versions, and the steps of a version."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from collection_ops.core import clock
from collection_ops.core.access import has, requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.models import User
from collection_ops.core.paging import key_page
from collection_ops.core.services.form_tokens import once
from vendors.contracts import drafting
from vendors.contracts.drafting import OPEN, ContractRefused
from vendors.contracts.forms import ContractForm
from vendors.contracts.reading import ROWS, digest_of, terms_of
from vendors.contracts.terms import Terms
from vendors.contracts.words import described, differences
from vendors.models import BenchRun, Contract, ContractVersion, VersionState

TONES = {
    VersionState.DRAFT: "neutral", VersionState.SUBMITTED: "warning", VersionState.APPROVED: "success",
    VersionState.WITHDRAWN: "neutral",
}  # fmt: skip


@requires("contracts.view")
@require_GET
def contracts(request: SignedInRequest) -> HttpResponse:
    """All contracts, the newest first; `?agency=` those of one."""
    versions = ContractVersion.objects.order_by("number")
    found = Contract.objects.select_related("agency").prefetch_related(Prefetch("versions", versions))
    agency = request.GET.get("agency", "")
    if agency.isascii() and agency.isdecimal() and len(agency) < 19:
        found = found.filter(agency_id=int(agency))
    page, day = key_page(request, found), clock.business_date(clock.now())
    context = {
        "lines": [_line(contract, day) for contract in page.rows],
        "may_edit": has(request.user, "contracts.edit"),
        "previous_url": page.previous_url,
        "next_url": page.next_url,
    }
    return render(request, "vendors/contracts/contracts.html", context)


def _line(contract: Contract, day: date) -> dict[str, Any]:
    versions = list(contract.versions.all())
    begun = [v for v in versions if v.state == VersionState.APPROVED and v.effective_from <= day]
    opened = next((v for v in versions if v.state in OPEN), None)
    return {
        "contract": contract,
        "period": _period(contract, day),
        "in_force": max(begun, key=lambda v: v.effective_from, default=None),
        "opened": opened,
        "tone": TONES[VersionState(opened.state)] if opened else "",
    }


def _period(contract: Contract, day: date) -> tuple[str, str]:
    """In words, with the tone of its badge."""
    if day < contract.starts_on:
        return _("未开始"), "info"
    if day > contract.ends_on:
        return _("合同已到期"), "neutral"
    return _("合同期内"), "success"


@requires("contracts.edit")
@require_http_methods(["GET", "POST"])
@once
def register(request: SignedInRequest) -> HttpResponse:
    if request.method != "POST":
        form = ContractForm(initial={"agency": request.GET.get("agency", "")})
        return render(request, "vendors/contracts/register.html", {"form": form})
    form, now = ContractForm(request.POST), clock.database_now()
    status = 400
    if form.is_valid():
        told = form.cleaned_data
        try:
            contract = drafting.register_contract(
                agency=told["agency"], number=told["number"], starts_on=told["starts_on"], ends_on=told["ends_on"],
                actor=request.user, day=clock.business_date(now),
            )  # fmt: skip
        except ContractRefused as refused:
            form.add_error(refused.field or None, str(refused))
            status = 409
        else:
            messages.success(request, _("已登记合同 %(number)s，请起草第一个版本") % {"number": contract.number})
            return redirect("vendors:contract", contract.pk)
    return render(request, "vendors/contracts/register.html", {"form": form}, status=status)


@requires("contracts.view")
@require_GET
def contract(request: SignedInRequest, contract_id: int) -> HttpResponse:
    """The contract with its versions, the newest first, and what can be done with the open one."""
    return _page(request, contract_id)


@requires("contracts.edit")
@require_POST
@once
def draft(request: SignedInRequest, contract_id: int) -> HttpResponse:
    """A new draft: a copy of the newest version, or with `empty` the usual terms."""
    found, now = get_object_or_404(Contract, pk=contract_id), clock.database_now()
    try:
        version = drafting.draft_version(
            contract=found, actor=request.user, now=now, day=clock.business_date(now),
            empty=request.POST.get("empty") == "1",
        )  # fmt: skip
    except ContractRefused as refused:
        return _page(request, contract_id, refused)
    return redirect("vendors:contract_edit", version.pk)


@requires("contracts.edit")
@require_POST
@once
def submit(request: SignedInRequest, version_id: int) -> HttpResponse:
    now = clock.database_now()
    return _step(
        request, version_id, _("已提交，等待另一人批准"),
        lambda version: drafting.submit_version(
            version=version, actor=request.user, now=now, day=clock.business_date(now)
        ),
    )  # fmt: skip


@requires("contracts.edit")
@require_POST
@once
def withdraw(request: SignedInRequest, version_id: int) -> HttpResponse:
    return _step(
        request, version_id, _("已撤回；内容保留，可照它再起草"),
        lambda version: drafting.withdraw_version(version=version, actor=request.user),
    )  # fmt: skip


@requires("contracts.approve")
@require_POST
@once
def approve(request: SignedInRequest, version_id: int) -> HttpResponse:
    now = clock.database_now()
    return _step(
        request, version_id, _("已批准；宽限天数已设定到该机构席位"),
        lambda version: drafting.approve_version(
            version=version, actor=request.user, now=now, day=clock.business_date(now)
        ),
    )  # fmt: skip


def _step(
    request: SignedInRequest, version_id: int, done: str, act: Callable[[ContractVersion], ContractVersion]
) -> HttpResponse:
    """One step of a version, then its contract's page: with what was done, or why not."""
    version = get_object_or_404(ContractVersion, pk=version_id)
    try:
        act(version)
    except ContractRefused as refused:
        return _page(request, version.contract_id, refused)
    messages.success(request, done)
    return redirect("vendors:contract", version.contract_id)


def _page(request: SignedInRequest, contract_id: int, refused: ContractRefused | None = None) -> HttpResponse:
    found = get_object_or_404(Contract.objects.select_related("agency"), pk=contract_id)
    rows = list(found.versions.select_related("made_by", "approved_by").prefetch_related(*ROWS).order_by("number"))
    day = clock.business_date(clock.now())
    terms = {row.pk: terms_of(row) for row in rows}
    opened = next((row for row in rows if row.state in OPEN), None)
    context = {
        "contract": found,
        "period": _period(found, day),
        "versions": [_version(row, rows, terms, found, day) for row in reversed(rows)],
        "opened": _opened(opened, terms[opened.pk], found, request.user, day) if opened else None,
        "may_edit": has(request.user, "contracts.edit"),
        "refused": refused,
    }
    return render(request, "vendors/contracts/contract.html", context, status=409 if refused else 200)


def _version(
    row: ContractVersion, rows: list[ContractVersion], terms: dict[int, Terms], contract: Contract, day: date
) -> dict[str, Any]:
    """A version for the page: its terms, from when to when it counts, what it changes in the approved one before it."""
    approved = [one for one in rows if one.state == VersionState.APPROVED]
    before = max((one for one in approved if one.number < row.number), key=lambda one: one.number, default=None)
    later = [one.effective_from for one in approved if one.effective_from > row.effective_from]
    until = min(later) - timedelta(days=1) if later else contract.ends_on
    is_approved = row.state == VersionState.APPROVED
    return {
        "row": row,
        "tone": TONES[VersionState(row.state)],
        "until": until if is_approved else None,
        "counts_today": is_approved and row.effective_from <= day <= until,
        "terms": described(terms[row.pk]),
        "before": before,
        "differences": list(differences(terms[before.pk], terms[row.pk])) if before else [],
    }


def _opened(row: ContractVersion, terms: Terms, contract: Contract, user: User, day: date) -> dict[str, Any]:
    """What the reader may do with the open version, and why not."""
    row.contract = contract
    is_draft = row.state == VersionState.DRAFT
    run = BenchRun.objects.filter(version=row).select_related("by").order_by("-pk").first()
    may_approve = has(user, drafting.APPROVE)
    if is_draft:
        reasons = drafting.against_submitting(row, terms, actor=user, day=day)
    else:
        reasons = drafting.against_approving(row, terms, actor=user, day=day)
    return {
        "row": row,
        "is_draft": is_draft,
        "is_mine": row.made_by_id in (None, user.pk),
        "may_approve": may_approve,
        "reasons": [str(one) for one in reasons],
        "run": run,
        "run_is_of_these_terms": run is not None and run.digest == digest_of(terms),
    }
