"""Decide: what a month's rules give or take, with the arithmetic and the conditions. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from agents.reviews.month_facts import MonthFacts
from agents.reviews.reward_lines import RewardLine
from agents.reviews.scoring import value_of
from collection_ops.core.money import round_money, split

PER = Decimal(10_000)


@dataclass(frozen=True)
class Proposed:
    """`amount`: yuan, above zero, what the steps of `arithmetic` add up to. `voided_by`: the first condition that was not
    met (empty: it stands)."""

    user_id: int
    line: RewardLine
    amount: Decimal
    arithmetic: list[dict[str, str]]
    conditions: list[dict[str, Any]]
    voided_by: str


def measured(facts: MonthFacts, metric: str) -> Decimal | None:
    """The figure a rule looks at: yuan, times, or per cent with two places; None where there is nothing to divide by."""
    if metric == "late_notes":
        notes = facts.figures.get("notes")
        return None if notes is None else (notes.of or Decimal(0)) - notes.number
    figure = facts.figures.get(metric)
    if figure is None:
        return None
    value = value_of(figure)
    return None if value is None else round_money(Decimal(value.numerator) / Decimal(value.denominator))


def propose(lines: Iterable[RewardLine], month: Mapping[int, MonthFacts]) -> list[Proposed]:
    """All that the rules give, by person and rule. What is below its threshold or comes to nothing is left out."""
    found = []
    rules = list(lines)
    for user_id, facts in sorted(month.items()):
        for line in rules:
            value = measured(facts, line.metric)
            if value is None or value < line.threshold:
                continue
            amount, arithmetic = worked_out(line, value)
            if amount <= 0:
                continue
            conditions = checked(line, facts)
            voided_by = next((one["code"] for one in conditions if not one["met"]), "")
            found.append(Proposed(user_id, line, amount, arithmetic, conditions, voided_by))
    return found


def worked_out(line: RewardLine, value: Decimal) -> tuple[Decimal, list[dict[str, str]]]:
    """Yuan, and the steps that add up to it to the cent."""
    if line.formula == "fixed":
        amount = round_money(line.amount)
        return amount, [{"step": "fixed", "value": str(value), "threshold": str(line.threshold), "amount": str(amount)}]
    if line.formula == "points":
        amount = round_money(value * line.points * line.point_value)
        step = {"step": "points", "value": str(value), "points": str(line.points), "each": str(line.point_value)}
        return amount, [{**step, "amount": str(amount)}]
    parts = []
    for number, (start, rate) in enumerate(line.tiers):
        end = line.tiers[number + 1][0] if number + 1 < len(line.tiers) else None
        within = max((value if end is None else min(value, end)) - start, Decimal(0))
        if within > 0:
            parts.append((start, end, rate, within, within * rate / 100))
    exact = sum((part[-1] for part in parts), Decimal(0))
    amount = round_money(exact)
    if amount <= 0:
        return Decimal("0.00"), []
    shares = split(amount, [part[-1] for part in parts])
    steps = [
        {
            "step": "tier", "from": str(start), "to": "" if end is None else str(end), "rate": str(rate),
            "of": str(within), "amount": str(share),
        }
        for (start, end, rate, within, _exact), share in zip(parts, shares, strict=True)
    ]  # fmt: skip
    return amount, steps


def checked(line: RewardLine, facts: MonthFacts) -> list[dict[str, Any]]:
    """Each condition of a reward with what was found, the limit, and what stands behind it. A penalty has none."""
    if line.kind != "reward":
        return []
    found = []
    upheld, about = facts.number("complaints"), facts.evidence.get("complaints", [])

    def add(code: str, observed: Decimal, limit: Decimal, evidence: list[dict[str, Any]]) -> None:
        found.append(
            {
                "code": code, "observed": str(observed), "limit": str(limit), "met": observed <= limit,
                "evidence": evidence,
            }
        )  # fmt: skip

    if line.no_upheld:
        add("upheld", upheld, Decimal(0), about)
    if line.complaint_rate is not None:
        contacted = facts.number("contacted")
        # Complaints without a contact are as bad as can be.
        rate = round_money(upheld * PER / contacted) if contacted else (PER if upheld else Decimal(0))
        add("complaint_rate", rate, line.complaint_rate, about)
    if line.most_breaches is not None:
        breaches = facts.evidence.get("breaches", [])
        add("breaches", facts.number("breaches"), Decimal(line.most_breaches), breaches)
    if line.cert_days is not None:
        add("cert_days", facts.number("cert_days"), Decimal(line.cert_days), [])
    return found
