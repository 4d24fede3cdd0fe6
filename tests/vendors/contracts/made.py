"""Agencies, contracts and versions for the tests, through the services wherever there are some."""

import datetime as dt
from decimal import Decimal
from typing import Any

from cases.models import Desk, DeskKind
from collection_ops.core.models import User
from tests.vendors.terms import row, terms
from vendors.contracts.bench import Sample, Trial
from vendors.contracts.bench_runs import save_run
from vendors.contracts.drafting import (
    approve_version,
    draft_version,
    register_contract,
    save_version,
    submit_version,
)
from vendors.contracts.reading import digest_of, terms_of
from vendors.contracts.terms import Terms
from vendors.models import Agency, AgencyState, Contract, ContractVersion

DAY = dt.date(2026, 3, 10)
NOW = dt.datetime(2026, 3, 10, 2, tzinfo=dt.UTC)
TRIAL = Trial(
    (
        Sample(1, 2, "信用卡", 1, Decimal("4000.00"), Decimal("60000.00")),
        Sample(2, 2, "信用卡", 1, Decimal("2000.00"), Decimal("40000.00")),
    ),
    Decimal(70),
)


def make_agency(code: str = "agency-a", **more: Any) -> Agency:
    desk = Desk.objects.create(code=code, name=f"机构 {code}", kind=DeskKind.AGENCY)
    return Agency.objects.create(desk=desk, name=f"机构 {code}", state=AgencyState.ACTIVE, **more)


def make_contract(
    agency: Agency, actor: User, *, number: str = "", first: str = "2026-01-01", last: str = "2026-12-31"
) -> Contract:
    return register_contract(
        agency=agency, number=number or f"HT-{agency.desk.code}-{first}", starts_on=dt.date.fromisoformat(first),
        ends_on=dt.date.fromisoformat(last), actor=actor, day=DAY,
    )  # fmt: skip


def write(version: ContractVersion, agreed: Terms, actor: User, *, note: str = "") -> ContractVersion:
    """The terms into the draft."""
    fresh = ContractVersion.objects.get(pk=version.pk)
    return save_version(
        version=fresh, terms=agreed, note=note, based_on=digest_of(terms_of(fresh)), actor=actor, now=NOW
    )


def make_draft(contract: Contract, actor: User, *, since: str = "2026-04-01", **more: Any) -> ContractVersion:
    """A draft with the terms of tests/vendors/terms.py."""
    version = draft_version(contract=contract, actor=actor, now=NOW, day=DAY)
    return write(version, terms(*more.pop("rows", (row(),)), since=dt.date.fromisoformat(since), **more), actor)


def make_submitted(contract: Contract, actor: User, **more: Any) -> ContractVersion:
    """Tried and submitted."""
    version = make_draft(contract, actor, **more)
    save_run(version=version, trial=TRIAL, actor=actor, now=NOW)
    return submit_version(version=version, actor=actor, now=NOW, day=DAY)


def make_approved(contract: Contract, maker: User, approver: User, **more: Any) -> ContractVersion:
    version = make_submitted(contract, maker, **more)
    return approve_version(version=version, actor=approver, now=NOW, day=DAY)
