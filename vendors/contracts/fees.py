"""From money to fees, by one row of a contract. Pure; amounts of two places times rates of six, so that nothing is lost.

Of a row and a month, with the base B (what was placed under it) and the money T that came in, the recovery rate is T ÷ B:

* whole amount: every payment × the rate of the band that T ÷ B reaches;
* progressive: the money is laid in the order in which it was paid, and each slice between two floors × B has the rate of its
  band; a payment that crosses a floor makes two lines, money that is taken back takes off from the top.

So a month's commission is a function of T and B alone (`exact`), by which a claw-back is measured.
"""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from collection_ops.core.money import ZERO, round_money
from vendors.contracts.terms import FeeRow, Method, Rounding

CENT, MILLIONTH = 100, 1_000_000


class Paid(NamedTuple):
    """Money under a row: `key` is whatever the caller knows it by; yuan, negative where it is taken back."""

    key: Any
    amount: Decimal


class Portion(NamedTuple):
    """One line: `amount` of a payment × `rate` of band `band` (1 is the lowest) = `fee`. Yuan."""

    key: Any
    band: int
    amount: Decimal
    rate: Decimal
    fee: Decimal


def cents(amount: Decimal) -> int:
    """Raises ValueError for a fraction of a cent: money has two places."""
    found = amount * CENT
    whole = int(found)
    if whole != found:
        raise ValueError(f"{amount} is no amount of money")
    return whole


def yuan(number: int) -> Decimal:
    return Decimal(number).scaleb(-2)


def half_up(millionths: int) -> int:
    """Cents of millionths of a cent, half-up, away from nought on both sides (as core.money.round_money)."""
    whole = (abs(millionths) + MILLIONTH // 2) // MILLIONTH
    return whole if millionths >= 0 else -whole


def band_reached(row: FeeRow, *, money: Decimal, base: Decimal) -> int:
    """Index of the band of a month: the highest whose floor money ÷ base reaches. Without a base, the lowest."""
    if base <= 0:
        return 0
    return max(at for at, band in enumerate(row.bands) if at == 0 or money >= band.floor * base)


def charge(
    row: FeeRow, paid: Sequence[Paid], *, base: Decimal, rounding: Rounding = Rounding.LINE
) -> Iterator[Portion]:
    """The lines of a month under one row, in the order of `paid` (the order in which it was paid)."""
    slices = _whole(row, paid, base) if row.method == Method.WHOLE else _progressive(row, paid, base)
    rates = [band.rate for band in row.bands]
    if rounding == Rounding.LINE:
        for key, at, amount in slices:
            rate = rates[at]
            yield Portion(key, at + 1, amount, rate, round_money(amount * rate))
        return
    exact_so_far = rounded_so_far = ZERO
    for key, at, amount in slices:
        # What the lines so far come to, less what they were given.
        exact_so_far += amount * rates[at]
        fee = round_money(exact_so_far) - rounded_so_far
        rounded_so_far += fee
        yield Portion(key, at + 1, amount, rates[at], fee)


def tax_in(total: Decimal, rate: Decimal) -> Decimal:
    """The tax that is part of `total` (yuan, tax included) at `rate` (0.06 is 6 %), half-up to the cent."""
    return round_money(total * rate / (1 + rate))


def exact(row: FeeRow, *, money: Decimal, base: Decimal) -> int:
    """What a month's money under a row comes to in all, in millionths of a cent, not rounded."""
    slices = (
        _whole(row, [Paid(0, money)], base) if row.method == Method.WHOLE else _progressive(row, [Paid(0, money)], base)
    )
    return sum(cents(amount) * int(row.bands[at].rate * MILLIONTH) for _key, at, amount in slices)


def _whole(row: FeeRow, paid: Sequence[Paid], base: Decimal) -> Iterator[tuple[Any, int, Decimal]]:
    total = sum((one.amount for one in paid), Decimal(0))
    at = band_reached(row, money=total, base=base)
    for one in paid:
        yield one.key, at, one.amount


def _progressive(row: FeeRow, paid: Iterable[Paid], base: Decimal) -> Iterator[tuple[Any, int, Decimal]]:
    floors = [half_up(int(band.floor * MILLIONTH) * cents(max(base, Decimal(0)))) for band in row.bands]
    if base <= 0:
        floors = floors[:1]
    so_far = 0
    for one in paid:
        amount = cents(one.amount)
        low, high = min(so_far, so_far + amount), max(so_far, so_far + amount)
        sign = 1 if amount >= 0 else -1
        slices = []
        for at, floor in enumerate(floors):
            # Below nought (more taken back than came) the lowest band counts.
            begin = floor if at else -(10**18)
            end = floors[at + 1] if at + 1 < len(floors) else 10**18
            part = min(high, end) - max(low, begin)
            if part > 0:
                slices.append((one.key, at, yuan(sign * part)))
        yield from slices if sign > 0 else reversed(slices)
        so_far += amount
