"""Agencies that may be given cases, and batches of a small book."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.utils import timezone

from cases.models import Case, Desk, DeskKind
from collection_ops.core.models import User
from vendors.models import (
    Agency,
    AgencyCheck,
    AgencyDocument,
    AgencyEvaluation,
    AgencyState,
    CheckKind,
    Contract,
    ContractVersion,
    PlacementBatch,
    VersionState,
)
from vendors.models.agency import DATA_AGREEMENT_FIELDS
from vendors.placement import batches
from vendors.placement.rule import Rule

LONG_AGO, LATER = dt.date(2025, 1, 1), dt.date(2035, 12, 31)


def make_agency(code: str = "ag-a", name: str = "", *, approver: User | None = None, group: str = "") -> Agency:
    """With all that an agency has to show: listed, published, papers, checks, a judgement, an approved contract in force."""
    name = name or f"机构{code}"
    desk = Desk.objects.create(code=code, name=name, kind=DeskKind.AGENCY)
    agency = Agency.objects.create(
        desk=desk, name=name, group=group, state=AgencyState.ACTIVE, hotline="400-100-0000", listed_on=LONG_AGO,
        published_on=LONG_AGO,
    )  # fmt: skip
    contract = Contract.objects.create(agency=agency, number=f"HT-{code}", starts_on=LONG_AGO, ends_on=LATER)
    approver = approver or User.objects.first()
    ContractVersion.objects.create(
        contract=contract, number=1, effective_from=LONG_AGO, state=VersionState.APPROVED, approved_by=approver,
        approved_at=timezone.now(),
    )  # fmt: skip
    for kind in ("licence", "data_agreement", "impact_assessment"):
        says = dict.fromkeys(DATA_AGREEMENT_FIELDS, "已约定") if kind == "data_agreement" else {}
        AgencyDocument.objects.create(agency=agency, kind=kind, signed_on=LONG_AGO, valid_until=LATER, says=says)
    for check in CheckKind:
        AgencyCheck.objects.create(agency=agency, kind=check, passed=True, checked_on=LONG_AGO, found="无异常")
    for kind in ("yearly", "onsite"):
        AgencyEvaluation.objects.create(
            agency=agency, kind=kind, done_on=timezone.localdate(), compliance="好", effect="好", security="好",
            result="continue",
        )  # fmt: skip
    return agency


def rule_for(*shares: tuple[Agency, str], **more: Any) -> Rule:
    return Rule.read({"shares": {agency.desk.code: share for agency, share in shares}, **more})


def drafted(maker: User, rule: Rule, *, seed: int = 7) -> PlacementBatch:
    return batches.draft(rule=rule, seed=seed, actor=maker, now=timezone.now())


def approved(maker: User, approver: User, rule: Rule, *, seed: int = 7) -> PlacementBatch:
    batch = drafted(maker, rule, seed=seed)
    batches.submit(batch=batch, actor=maker, now=timezone.now())
    return batches.approve(batch=batch, actor=approver, now=timezone.now())


def applied(maker: User, approver: User, rule: Rule, *, seed: int = 7) -> PlacementBatch:
    batch = approved(maker, approver, rule, seed=seed)
    return batches.apply(batch=batch, actor=maker, now=timezone.now())


def desk_codes() -> dict[int, str]:
    """Case id → code of the desk on which it lies."""
    return dict(Case.objects.filter(desk__isnull=False).values_list("pk", "desk__code"))


def money(text: str) -> Decimal:
    return Decimal(text)
