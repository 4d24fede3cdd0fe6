"""Contracts read back as terms.

`Terms.version` is the primary key of its ContractVersion, not its number within the contract: contracts of an agency follow
each other, each begins with version 1, and a statement names a version by one number alone.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from vendors.contracts.targets import Promised
from vendors.contracts.terms import Band, Event, FeeRow, Measure, Method, Rounding, Step, Target, Terms
from vendors.models import Agency, Contract, ContractVersion, VersionState

ROWS = ("rows__bands", "steps", "prices", "targets")
"""What a version consists of, for prefetch_related: five queries, however many versions."""


@dataclass(frozen=True)
class Agreed:
    """Approved versions, from the oldest to the newest: as terms, and by `Terms.version` the row that each was read from."""

    terms: list[Terms]
    by_version: dict[int, ContractVersion]


def terms_of(version: ContractVersion) -> Terms:
    """One version, whatever its state. Five queries unless ROWS were fetched with it."""
    return Terms(
        version=version.pk,
        effective_from=version.effective_from,
        rows=tuple(
            FeeRow(
                number=row.number,
                bands=tuple(Band(band.floor, band.rate) for band in row.bands.all()),
                method=Method(row.method),
                stages=frozenset(row.stages),
                products=frozenset(row.products),
                age_from=row.age_from,
                age_to=row.age_to,
            )
            for row in version.rows.all()
        ),
        coefficient=tuple(Step(step.floor, step.factor) for step in version.steps.all()),
        events={Event(price.event): price.amount for price in version.prices.all()},
        grace_days=version.grace_days,
        clawback_days=version.clawback_days,
        cap=version.cap,
        tax_rate=Decimal(version.tax_rate),
        rounding=Rounding(version.rounding),
        least_attempts=version.least_attempts,
        targets=_targets(version),
    )


def _targets(version: ContractVersion) -> tuple[Target, ...]:
    return tuple(
        Target(one.number, Measure(one.measure), one.figure, frozenset(one.stages)) for one in version.targets.all()
    )


def agreed(*, agency: Agency | None = None, contract: Contract | None = None) -> Agreed:
    """The approved versions of an agency, over all its contracts, or of one contract. Six queries."""
    if (agency is None) == (contract is None):
        raise TypeError("of an agency or of a contract: one of the two")
    found: QuerySet[ContractVersion] = ContractVersion.objects.filter(state=VersionState.APPROVED)
    found = found.filter(contract__agency=agency) if agency is not None else found.filter(contract=contract)
    rows = list(found.select_related("contract").prefetch_related(*ROWS).order_by("effective_from", "pk"))
    return Agreed([terms_of(row) for row in rows], {row.pk: row for row in rows})


def versions_of(*, agency: Agency | None = None, contract: Contract | None = None) -> list[Terms]:
    """As `agreed`, the terms alone."""
    return agreed(agency=agency, contract=contract).terms


def promised(agencies: Sequence[int], first: date, last: date, known_by: datetime) -> dict[int, Promised]:
    """By id of the agency what it had promised for the month from `first` through `last`: targets of the version in force on
    its last day, as settlements take coefficient and cap of that; nothing of a contract that was over before the month,
    nor of a version without targets. What was approved after `known_by` was not agreed yet. Two queries."""
    found = ContractVersion.objects.filter(
        state=VersionState.APPROVED, contract__agency__in=agencies, effective_from__lte=last, approved_at__lte=known_by
    )
    newest = found.order_by("contract__agency_id", "-effective_from", "-pk").distinct("contract__agency_id")
    rows = [one for one in newest.select_related("contract").prefetch_related("targets") if one.targets.all()]
    return {one.contract.agency_id: Promised(one.pk, _targets(one)) for one in rows if one.contract.ends_on >= first}


def plain(number: Decimal) -> str:
    """Without an exponent and without noughts at the end: 0.1800 → 0.18, 100 → 100."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def document_of(terms: Terms) -> dict[str, Any]:
    """The terms as plain data, alike for alike terms (0.18 and 0.180000): for the audit trail and for a digest. Without
    targets there is no word of them: statements were frozen and trials kept with digests from before there were any."""
    targets = [[str(one.measure), sorted(one.stages), plain(one.figure)] for one in terms.targets]
    return {
        "effective_from": terms.effective_from.isoformat(),
        "rows": [
            {
                "stages": sorted(row.stages), "products": sorted(row.products), "age_from": row.age_from,
                "age_to": row.age_to, "method": str(row.method),
                "bands": [[plain(band.floor), plain(band.rate)] for band in row.bands],
            }
            for row in terms.rows
        ],
        "coefficient": [[plain(step.floor), plain(step.factor)] for step in terms.coefficient],
        "events": {str(event): plain(amount) for event, amount in sorted(terms.events.items())},
        "grace_days": terms.grace_days, "clawback_days": terms.clawback_days,
        "cap": None if terms.cap is None else plain(terms.cap), "tax_rate": plain(terms.tax_rate),
        "rounding": str(terms.rounding), "least_attempts": terms.least_attempts,
        **({"targets": targets} if targets else {}),
    }  # fmt: skip


def digest_of(terms: Terms) -> str:
    """SHA-256 of the terms. Two versions that say the same have the same one."""
    text = json.dumps(document_of(terms), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
