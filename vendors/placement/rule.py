"""How cases are chosen for agencies and split among them, as it is typed, kept and read from a file.

    Rule.read({"stages": [4, 5], "shares": {"ag-a": "70", "ag-b": "30"}})

Money is yuan, shares are percent and add up to 100, days are calendar days.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from cases.stage import LAST_STAGE, Stage

WHOLE = Decimal(100)
BANDS = (Decimal(5_000), Decimal(20_000), Decimal(50_000))
POOL, COLLECTOR = "pool", "collector"
MOST_AGENCIES = 20
MOST_DAYS = 3_650
MOST_YUAN = Decimal(10) ** 11


class PlacementRefused(Exception):
    """It cannot be done so; the sentence says why and what to do, `field` where it stands in a form."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True, slots=True)
class Rule:
    """Empty lists and None choose all. `source`: its code. `places`: desks from which cases are taken. `bands`: lower edges
    of the amount bands above the first. `shares`: code of an agency → percent."""

    shares: tuple[tuple[str, Decimal], ...]
    source: str = ""
    stages: tuple[int, ...] = ()
    products: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    amount_from: Decimal | None = None
    amount_to: Decimal | None = None
    pool_days_from: int | None = None
    pool_days_to: int | None = None
    places: tuple[str, ...] = (POOL,)
    bands: tuple[Decimal, ...] = BANDS

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> "Rule":
        """From a form or a file. Raises PlacementRefused, naming the field."""
        unknown = sorted(set(given) - set(cls.__dataclass_fields__))
        if unknown:
            raise PlacementRefused(_("规则中有不认识的字段：%(names)s") % {"names": ", ".join(unknown)}, "rule")
        rule = cls(
            shares=_shares(given.get("shares")),
            source=str(given.get("source") or "").strip()[:64],
            stages=tuple(sorted({_stage(one) for one in _listed(given.get("stages"), "stages")})),
            products=tuple(sorted({str(one) for one in _listed(given.get("products"), "products")})),
            regions=tuple(sorted({str(one) for one in _listed(given.get("regions"), "regions")})),
            amount_from=_yuan(given.get("amount_from"), "amount_from"),
            amount_to=_yuan(given.get("amount_to"), "amount_to"),
            pool_days_from=_days(given.get("pool_days_from"), "pool_days_from"),
            pool_days_to=_days(given.get("pool_days_to"), "pool_days_to"),
            places=_places(given.get("places")),
            bands=_bands(given.get("bands")),
        )
        if rule.amount_from is not None and rule.amount_to is not None and rule.amount_from > rule.amount_to:
            raise PlacementRefused(_("金额下限不能大于上限"), "amount_to")
        days = (rule.pool_days_from, rule.pool_days_to)
        if days[0] is not None and days[1] is not None and days[0] > days[1]:
            raise PlacementRefused(_("在池天数下限不能大于上限"), "pool_days_to")
        return rule

    def to_json(self) -> dict[str, Any]:
        """What `read` reads again."""
        return {
            "source": self.source,
            "stages": list(self.stages),
            "products": list(self.products),
            "regions": list(self.regions),
            "amount_from": _text(self.amount_from),
            "amount_to": _text(self.amount_to),
            "pool_days_from": self.pool_days_from,
            "pool_days_to": self.pool_days_to,
            "places": list(self.places),
            "bands": [str(one) for one in self.bands],
            "shares": {code: str(share) for code, share in self.shares},
        }

    def band_of(self, amount: Decimal) -> int:
        """The number of the band: 0 below the first edge."""
        return sum(amount >= edge for edge in self.bands)

    def band_label(self, number: int) -> str:
        edges = [f"{edge.normalize():f}" for edge in self.bands]
        if not edges:
            return "0+"
        if number == 0:
            return f"<{edges[0]}"
        return f"{edges[number - 1]}–{edges[number]}" if number < len(edges) else f"≥{edges[-1]}"


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _listed(given: Any, field: str) -> list[Any]:
    if given is None or given == "":
        return []
    if not isinstance(given, list | tuple) or len(given) > 500:
        raise PlacementRefused(_("“%(field)s”须为列表") % {"field": field}, field)
    return [one for one in given if one not in (None, "")]


def _stage(given: Any) -> int:
    number = int(given) if str(given).isascii() and str(given).isdigit() else -1
    if not Stage.M0 <= number <= LAST_STAGE:
        raise PlacementRefused(_("没有这个逾期阶段：%(stage)s") % {"stage": given}, "stages")
    return number


def _yuan(given: Any, field: str) -> Decimal | None:
    if given is None or given == "":
        return None
    amount = _decimal(given)
    if amount is None or not 0 <= amount <= MOST_YUAN:
        raise PlacementRefused(_("金额须为不小于 0 的数字"), field)
    return amount


def _days(given: Any, field: str) -> int | None:
    if given is None or given == "":
        return None
    text = str(given)
    if not (text.isascii() and text.isdigit() and len(text) < 6 and int(text) <= MOST_DAYS):
        raise PlacementRefused(_("天数须为 0 到 %(most)s 的整数") % {"most": MOST_DAYS}, field)
    return int(text)


def _places(given: Any) -> tuple[str, ...]:
    found = tuple(str(one) for one in (POOL, COLLECTOR) if one in (_listed(given, "places") or [POOL]))
    if len(found) != len(set(_listed(given, "places") or [POOL])):
        raise PlacementRefused(_("案件只能取自案件池或催收员席位"), "places")
    return found


def _bands(given: Any) -> tuple[Decimal, ...]:
    if given is None:
        return BANDS
    found = [_decimal(one) for one in _listed(given, "bands")]
    edges = [one for one in found if one is not None]
    if len(edges) != len(found) or any(not 0 < one <= MOST_YUAN for one in edges) or edges != sorted(set(edges)):
        raise PlacementRefused(_("金额分档须为从小到大的正数"), "bands")
    if len(edges) > 10:
        raise PlacementRefused(_("金额分档最多 10 个界点"), "bands")
    return tuple(edges)


def _shares(given: Any) -> tuple[tuple[str, Decimal], ...]:
    if not isinstance(given, Mapping):
        raise PlacementRefused(_("请填写各机构的比例"), "shares")
    found: list[tuple[str, Decimal]] = []
    for code, typed in sorted(given.items()):
        if typed in (None, "", "0"):
            continue
        share = _decimal(typed)
        if share is None or not 0 <= share <= WHOLE:
            raise PlacementRefused(_("机构比例须在 0 与 100 之间"), "shares")
        if share:
            found.append((str(code), share))
    if not found or len(found) > MOST_AGENCIES:
        raise PlacementRefused(_("请填写 1 到 %(most)s 家机构的比例") % {"most": MOST_AGENCIES}, "shares")
    total = sum((share for _code, share in found), Decimal(0))
    if total != WHOLE:
        raise PlacementRefused(_("各机构比例合计须为 100%%，现在是 %(total)s%%") % {"total": total}, "shares")
    return tuple(found)


def _decimal(given: Any) -> Decimal | None:
    """Two places at the most; nothing that is not finite."""
    try:
        number = Decimal(str(given).strip().replace(",", ""))
    except InvalidOperation:
        return None
    if not number.is_finite() or number.as_tuple().exponent < -2:  # type: ignore[operator]
        return None
    return number
