"""The hash over all that a month was decided by."""

from typing import Any

from collection_ops.core.digests import digest_of
from vendors.contracts.terms import Terms
from vendors.settlement.decide import Facts


def facts_digest(facts: Facts) -> str:
    """SHA-256 over everything that the month is decided by, in a fixed order: the same facts give the same."""
    told = {
        "period": facts.period,
        "terms": [_terms_told(one) for one in facts.versions],
        "placed": [
            f"{one.placement_id} {one.stage} {one.amount!s} {one.placed_on!s} {one.recalled_on!s} {one.product}"
            for _pk, one in sorted(facts.placed.items())
        ],
        "money": [
            f"{repayment} {placement} {paid_on!s} {held_on!s} {amount!s} {reversal_of!s} {in_grace!s}"
            for repayment, placement, paid_on, held_on, amount, reversal_of, in_grace in sorted(facts.money)
        ],
        "events": {event.value: count for event, count in facts.events.items()},
        "score": facts.score,
        "charged": [
            [key, [[one.line_id, one.key, one.held_on, one.amount, one.rate, one.fee] for one in lines]]
            for key, lines in sorted(facts.charged.items())
        ],
        "ladders": [[key, one.base, one.money] for key, one in sorted(facts.ladders.items())],
        "months": [
            [of, one.commission, one.factor, one.cap, one.clawback_days] for of, one in sorted(facts.months.items())
        ],
        "corrections": [[one.line_id, one.period, one.fee] for one in facts.corrections],
    }
    return digest_of(told)


def _terms_told(terms: Terms) -> dict[str, Any]:
    return {
        "version": terms.version,
        "from": terms.effective_from,
        "rows": [
            [
                row.number, row.method.value, sorted(row.stages), sorted(row.products), row.age_from, row.age_to,
                [[band.floor, band.rate] for band in row.bands],
            ]
            for row in terms.rows
        ],
        "coefficient": [[step.floor, step.factor] for step in terms.coefficient],
        "events": {event.value: amount for event, amount in terms.events.items()},
        "grace_days": terms.grace_days,
        "clawback_days": terms.clawback_days,
        "cap": terms.cap,
        "tax_rate": terms.tax_rate,
        "rounding": terms.rounding.value,
        "least_attempts": terms.least_attempts,
    }  # fmt: skip
