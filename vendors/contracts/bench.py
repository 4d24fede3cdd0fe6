"""The test bench (试算): sample payments in, fees out, by the engine that settles (settlement/decide.py). Pure.

Every sample is one placed case: its stage, product and age, what was placed (`base`, yuan) and what came in (`amount`, yuan;
below nought where it was taken back, nought for a case that paid nothing). The base of a fee row is the sum over the samples
under it, as in a month of a statement.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from collection_ops.core.clock import month_end
from collection_ops.core.money import ZERO, round_money
from vendors.contracts.fees import tax_in
from vendors.contracts.reading import plain
from vendors.contracts.terms import EVENT_LABELS, Event, Rounding, Terms, faults
from vendors.contracts.words import percent
from vendors.settlement.decide import Facts, Kind, Line, Money, Placed, decide

MOST_SAMPLES = 100
MOST_AGE = 600
TOP_SCORE = Decimal(100)


@dataclass(frozen=True, slots=True)
class Sample:
    """`number`: its row on the page or in the file, from 1. `age`: whole months since the placement."""

    number: int
    stage: int
    product: str
    age: int
    amount: Decimal
    base: Decimal


@dataclass(frozen=True)
class Trial:
    """A month to try: samples, the compliance score (0 to 100), how many of each event."""

    samples: Sequence[Sample]
    score: Decimal = TOP_SCORE
    events: Mapping[Event, int] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {
            "samples": [
                {
                    "number": one.number, "stage": one.stage, "product": one.product, "age": one.age,
                    "amount": str(one.amount), "base": str(one.base),
                }
                for one in self.samples
            ],
            "score": plain(self.score),
            "events": {str(event): count for event, count in self.events.items()},
        }  # fmt: skip


class CannotTry(Exception):
    """These terms cannot be put in force, so there is nothing to try; `reasons` are the sentences of `terms.faults`."""

    def __init__(self, reasons: Iterable[Any]) -> None:
        self.reasons = [str(one) for one in reasons]
        super().__init__("; ".join(self.reasons))


def fees(terms: Terms, trial: Trial) -> dict[str, Any]:
    """What a version makes of a month: lines with band, rate and arithmetic, and what they add up to. Plain data, money and
    rates as text. Raises CannotTry."""
    wrong = list(faults(terms))
    if wrong:
        raise CannotTry(wrong)
    month = _month(terms, trial)
    by_number = {one.number: one for one in trial.samples}
    money_of_row = _money_by_row(month.lines)
    lines = [_told(line, terms, by_number, money_of_row) for line in month.lines]
    return {
        "version": terms.version,
        "lines": lines,
        "commission": str(month.paid.commission),
        "factor": plain(month.paid.factor),
        "total": str(month.total),
        "tax_rate": percent(terms.tax_rate),
        "tax": str(tax_in(month.total, terms.tax_rate)),
    }


def beside(drafted: Mapping[str, Any], in_force: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """The two side by side: a row a sample, then one each for coefficient, cap, events, total and tax."""
    new, old = _sums(drafted), _sums(in_force) if in_force is not None else {}
    order = [*new, *(key for key in old if key not in new)]
    ranks = {"commission": 0, "coefficient": 1, "cap": 2, "penalty": 3, "bonus": 4, "total": 5, "tax": 6}
    order.sort(key=lambda key: (ranks[key[0]], key[1] if isinstance(key[1], int) else 0))
    rows = []
    for key in order:
        draft, before = new.get(key, ZERO), old.get(key, ZERO)
        rows.append(
            {
                "kind": key[0], "sample": key[1] if key[0] == "commission" else None,
                "event": key[1] if key[0] in ("penalty", "bonus") else "",
                "draft": str(draft), "in_force": str(before) if in_force is not None else None,
                "difference": str(draft - before) if in_force is not None else None,
            }
        )  # fmt: skip
    return rows


def _month(terms: Terms, trial: Trial) -> Any:
    """The trial as a month of the settlement. The day on which a version begins plays no part here."""
    first = terms.effective_from.replace(day=1)
    last = month_end(first)
    placed = {
        one.number: Placed(one.number, one.stage, one.product, one.base, _months_before(first, one.age))
        for one in trial.samples
    }
    money = [
        Money(one.number, one.number, first, first, round_money(one.amount)) for one in trial.samples if one.amount
    ]
    versions = [replace(terms, effective_from=first)]
    return decide(Facts(first, last, versions, placed, money, trial.events, trial.score))


def _months_before(first: date, months: int) -> date:
    year, month = divmod(first.year * 12 + first.month - 1 - months, 12)
    return date(year, month + 1, 1)


def _money_by_row(lines: Iterable[Line]) -> dict[int, Decimal]:
    found: dict[int, Decimal] = {}
    for line in lines:
        if line.kind == Kind.COMMISSION and line.row is not None:
            found[line.row] = found.get(line.row, ZERO) + line.amount
    return found


def _told(
    line: Line, terms: Terms, samples: Mapping[int, Sample], money_of_row: Mapping[int, Decimal]
) -> dict[str, Any]:
    told: dict[str, Any] = {
        "kind": str(line.kind), "sample": line.repayment_id, "row": line.row, "band": line.band, "event": line.event,
        "rate": "", "floor": "", "recovery": "", "base": "", "amount": "", "fee": str(line.fee), "rounding": "",
    }  # fmt: skip
    match line.kind:
        case Kind.COMMISSION:
            row = next(one for one in terms.rows if one.number == line.row)
            exact = line.amount * line.rate
            told |= {
                "rate": percent(line.rate), "floor": percent(row.bands[(line.band or 1) - 1].floor),
                "base": str(line.base), "amount": str(line.amount),
                "recovery": _recovery(money_of_row[row.number], line.base),
                "arithmetic": f"{line.amount:,.2f} × {percent(line.rate)} = {_exact(exact)}",
                "rounding": "" if exact == line.fee else str(terms.rounding),
            }  # fmt: skip
        case Kind.COEFFICIENT:
            exact = line.amount * line.rate - line.amount
            told |= {
                "amount": str(line.amount), "rate": plain(line.rate),
                "arithmetic": f"{line.amount:,.2f} × {plain(line.rate)} − {line.amount:,.2f} = {_exact(exact)}",
                "rounding": "" if exact == line.fee else str(Rounding.LINE),
            }  # fmt: skip
        case Kind.CAP:
            told |= {
                "amount": str(line.amount),
                "arithmetic": f"{line.base:,.2f} − {line.amount:,.2f} = {line.fee:,.2f}",
            }
        case _:
            sign = "−" if line.kind == Kind.PENALTY else ""
            told |= {
                "rate": str(line.rate),
                "amount": str(line.pieces),
                "arithmetic": f"{sign}{line.rate:,.2f} × {line.pieces} = {line.fee:,.2f}",
            }
    return told | {"arithmetic": told["arithmetic"].replace("-", "−")}


def _recovery(money: Decimal, base: Decimal) -> str:
    """The month's recovery rate under a row; empty without a base."""
    return percent((money / base).quantize(Decimal("0.000001"))) if base > 0 else ""


def _exact(amount: Decimal) -> str:
    """All places that are there, two at least."""
    text = plain(amount)
    places = len(text.partition(".")[2])
    return f"{amount:,.{max(places, 2)}f}"


def _sums(told: Mapping[str, Any]) -> dict[tuple[str, Any], Decimal]:
    found: dict[tuple[str, Any], Decimal] = {}
    for line in told["lines"]:
        of = line["sample"] if line["kind"] == "commission" else line["event"]
        key = (line["kind"], of)
        found[key] = found.get(key, ZERO) + Decimal(line["fee"])
    found["total", ""] = Decimal(told["total"])
    found["tax", ""] = Decimal(told["tax"])
    return found


def labels() -> dict[str, Any]:
    """Kind of a line, or event, in words."""
    kinds = {
        "commission": _("佣金"), "coefficient": _("合规系数"), "cap": _("封顶"), "penalty": _("扣款"),
        "bonus": _("奖励"), "total": _("应付合计"), "tax": _("其中税额"),
    }  # fmt: skip
    return {**kinds, **{str(event): label for event, label in EVENT_LABELS.items()}}
