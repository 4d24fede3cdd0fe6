"""Money: Decimal, CNY, two places, half-up. The one rounding function, and splits that add up."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
ZERO = Decimal("0.00")
MAX_DIGITS = 14  # 999,999,999,999.99; a single debt or a book's total fits


class LossyAmount(TypeError):
    """A float was offered as money. It has already lost what we would have to guess."""


def round_money(amount: Decimal | int) -> Decimal:
    """Two places, half-up: 12345.678 → 12345.68, 0.005 → 0.01. Refuses floats."""
    if isinstance(amount, Decimal):  # first: a month has a million of them
        return amount.quantize(CENT, ROUND_HALF_UP)
    if isinstance(amount, float):
        raise LossyAmount(f"{amount!r} is a float; read money as text or Decimal")
    return Decimal(amount).quantize(CENT, ROUND_HALF_UP)


def split(amount: Decimal, weights: Sequence[Decimal | int]) -> list[Decimal]:
    """Parts of `amount` in proportion to `weights` that add up to it to the cent.

    Cents left over go to the largest fractions, first among equals first. Raises ValueError without a positive weight.
    """
    amount = round_money(amount)
    total = sum((Decimal(w) for w in weights), Decimal(0))
    if total <= 0 or any(Decimal(w) < 0 for w in weights):
        raise ValueError("weights must not be negative and must add up to more than zero")
    sign = -1 if amount < 0 else 1
    cents = int(abs(amount) / CENT)
    exact = [Decimal(cents) * Decimal(w) / total for w in weights]
    parts = [int(e) for e in exact]
    by_fraction = sorted(range(len(parts)), key=lambda i: (-(exact[i] - parts[i]), i))
    for i in by_fraction[: cents - sum(parts)]:
        parts[i] += 1
    result = [sign * p * CENT for p in parts]
    assert sum(result, Decimal(0)) == amount, "a split must not lose a cent"
    return result
