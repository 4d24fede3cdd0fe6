"""Contracts of agencies: the contract, its versions, the test bench."""

from typing import Any

from tests.access.form import Cast, Filled, Form
from tests.vendors.contracts.made import make_agency, make_contract, make_draft, make_submitted
from vendors.contracts.reading import digest_of, terms_of
from vendors.models import Agency, Contract, ContractVersion


def _agency(code: str = "agency-c") -> Agency:
    return Agency.objects.filter(desk__code=code).first() or make_agency(code)


def _contract(cast: Cast, number: str = "HT-C", code: str = "agency-c") -> Contract:
    found = Contract.objects.filter(number=number).first()
    return found or make_contract(_agency(code), cast["vendor_manager"], number=number)


def _draft(cast: Cast) -> ContractVersion:
    contract = _contract(cast)
    found = contract.versions.filter(state="draft").first()
    return found or make_draft(contract, cast["vendor_manager"])


def _submitted(cast: Cast) -> ContractVersion:
    """Of another contract: one open version each."""
    contract = _contract(cast, "HT-D", "agency-d")
    found = contract.versions.filter(state="submitted").first()
    return found or make_submitted(contract, cast["vendor_manager"])


def _of_contract(cast: Cast) -> dict[str, Any]:
    return {"contract_id": _contract(cast).pk}


def _of_draft(cast: Cast) -> dict[str, Any]:
    return {"version_id": _draft(cast).pk}


def _register(cast: Cast) -> Filled:
    return {}, {
        "agency": str(_agency().pk), "number": "HT-C-1", "starts_on": "2026-01-01", "ends_on": "2026-12-31",
    }  # fmt: skip


def _edit(cast: Cast) -> Filled:
    version = _draft(cast)
    seen = digest_of(terms_of(ContractVersion.objects.get(pk=version.pk)))
    return {"version_id": version.pk}, {
        "based_on": seen, "act": "save", "effective_from": "2026-05-01", "grace_days": "5", "clawback_days": "60",
        "cap": "", "tax": "6", "rounding": "line", "least_attempts": "0", "note": "按季度调整",
        "row-1-products": "", "row-1-age_from": "", "row-1-age_to": "", "row-1-method": "whole",
        "row-1-bands": "0 : 10\n5 : 18", "step-1-floor": "0", "step-1-factor": "0.8", "event-complaint": "500",
    }  # fmt: skip


def _bench(cast: Cast) -> Filled:
    return _of_draft(cast), {
        "act": "try", "score": "70", "sample-1-stage": "M2", "sample-1-product": "信用卡", "sample-1-age": "1",
        "sample-1-amount": "4000", "sample-1-base": "60000",
    }  # fmt: skip


def _approve(cast: Cast) -> Filled:
    return {"version_id": _submitted(cast).pk}, {}


ROUTES = {
    "vendors:contract": _of_contract,
    "vendors:contract_draft": _of_contract,
    "vendors:contract_edit": _of_draft,
    "vendors:contract_submit": _of_draft,
    "vendors:contract_withdraw": _of_draft,
    "vendors:contract_approve": lambda cast: {"version_id": _submitted(cast).pk},
    "vendors:bench": _of_draft,
    "vendors:bench_save": _of_draft,
}
FORMS = {
    "vendors:contract_register": Form("vendor_manager", _register),
    "vendors:contract_draft": Form("vendor_manager", lambda cast: (_of_contract(cast), {})),
    "vendors:contract_edit": Form("vendor_manager", _edit),
    "vendors:contract_submit": Form("vendor_manager", lambda cast: (_of_draft(cast), {})),
    "vendors:contract_withdraw": Form("vendor_manager", lambda cast: (_of_draft(cast), {})),
    "vendors:contract_approve": Form("finance", _approve),
    "vendors:bench_save": Form("vendor_manager", _bench, doubles=True),
}
WITHOUT_EFFECT = {"vendors:bench": "computes what a version makes of samples, and keeps nothing"}
