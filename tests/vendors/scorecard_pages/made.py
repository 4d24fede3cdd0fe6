"""Scorecards as the engine keeps them, written down by hand: pages are tested against figures that stand in the test."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from tests.vendors.settlement.house import an_agency, at
from vendors.models import Agency, Scorecard, ScorecardItem, ScorecardScheme, ScorecardStratum
from vendors.scorecard.reference import seed_scheme

MARCH, FEBRUARY = dt.date(2026, 3, 1), dt.date(2026, 2, 1)
MADE = at(dt.date(2026, 4, 2))
WEIGHTS = {
    "recovery": 40, "roll": 10, "contact": 5, "complaints": 15, "breaches": 10, "quality": 10, "security": 5,
    "punctuality": 5,
}  # fmt: skip
USUAL: dict[str, dict[str, Any]] = {
    "recovery": {"value": "0.9300", "expected": "1", "numerator": "93000", "denominator": "100000", "lost": "12"},
    "roll": {"value": "1", "expected": "1", "numerator": "5000", "denominator": "5000", "lost": "2.5"},
    "contact": {"value": "60", "numerator": "120", "denominator": "200", "lost": "0"},
    "complaints": {"value": "30", "numerator": "3", "denominator": "1000", "lost": "9"},
    "breaches": {"value": "0", "numerator": "0", "lost": "0"},
    "quality": {"value": "95", "numerator": "950", "denominator": "10", "lost": "0"},
    "security": {"value": "0", "numerator": "0", "lost": "0"},
    "punctuality": {"value": "2", "numerator": "2", "denominator": "31", "lost": "2"},
}
CHANGES = {
    "recovery": [{"by": "0.0120", "to": "0.9420", "score": "76.10", "grade": "B", "gain": "1.60", "grade_step": False}],
    "complaints": [{"by": -2, "to": "10", "score": "81.50", "grade": "B", "gain": "7.00", "grade_step": False}],
}


def shipped() -> ScorecardScheme:
    seed_scheme()
    return ScorecardScheme.objects.get(number=1)


def a_card(
    agency: Agency | None = None,
    *,
    month: dt.date = MARCH,
    items: Mapping[str, Mapping[str, Any]] = USUAL,
    changes: Mapping[str, list[dict[str, Any]]] = CHANGES,
    strata: int = 2,
    **columns: Any,
) -> Scorecard:
    """A scorecard of 74.50 points unless `items` say something else; `columns` of Scorecard."""
    agency = agency or an_agency()
    lost = sum((Decimal(one["lost"]) for one in items.values()), Decimal(0))
    told: dict[str, Any] = {
        "revision": 1, "scheme": shipped(), "known_by": MADE, "made_at": MADE, "score": 100 - lost, "grade": "B",
        "compliance_score": Decimal("88.00"), "cases": 200, "placed": Decimal("500000.00"), "exposed": Decimal("400000.00"),
        "observed": Decimal("93000.00"), "expected": Decimal("100000.00"), "ratio": Decimal("0.9300"),
        "lower": Decimal("0.8100"), "upper": Decimal("1.2000"), "lower998": Decimal("0.7000"),
        "upper998": Decimal("1.3500"), "verdict": "as_expected", "share_now": Decimal("40.00"),
        "share_proposed": Decimal("42.00"), "facts_digest": "f" * 64, "digest": "d" * 64, **columns,
    }  # fmt: skip
    card = Scorecard.objects.create(agency=agency, month=month, **told)
    ScorecardItem.objects.bulk_create(
        an_item(card, name, given, changes.get(name, [])) for name, given in items.items()
    )
    ScorecardStratum.objects.bulk_create(a_stratum(card, n) for n in range(strata))
    return card


def an_item(card: Scorecard, name: str, given: Mapping[str, Any], changes: list[dict[str, Any]]) -> ScorecardItem:
    weight, lost = Decimal(given.get("weight", WEIGHTS[name])), Decimal(given["lost"])
    return ScorecardItem(
        scorecard=card, criterion=name, weight=weight, lost=lost, points=weight - lost, changes=changes,
        **{key: value for key, value in given.items() if key not in ("weight", "lost")},
    )  # fmt: skip


def a_stratum(card: Scorecard, n: int) -> ScorecardStratum:
    """The n-th: M1, M2 and so on, each larger than the next."""
    return ScorecardStratum(
        scorecard=card, stage=n % 7 + 1, age_band=n // 7 % 5, balance_band=n // 35 % 5, product=f"产品{n // 175}", earlier=0,
        cases=100, amount=Decimal(250_000 - n), exposed=Decimal("200000.00"), observed=Decimal("46500.00"),
        expected=Decimal("50000.00"), merged=n % 2, pool_cases=900, rate=Decimal("0.250000"),
    )  # fmt: skip


def cannot_tell(agency: Agency | None = None, **columns: Any) -> Scorecard:
    """Three cases: its money says nothing."""
    return a_card(agency, **{"cases": 3, "verdict": "cannot_tell", "why": "few_cases", **columns})
