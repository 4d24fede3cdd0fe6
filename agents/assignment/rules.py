"""The table of rules by which cases are handed out, version by version: which case wants which level and language.

rules = rules_in_force()
rules.lines[0].min_level
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import reduce
from operator import or_
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agents.assignment.refusals import AssignmentRefused
from agents.models import AssignmentRules
from collection_ops.core.models import User
from collection_ops.core.services import audit

MOST_LINES = 60
LOCK = 5_501
"""Of two who save at once one waits for the other (advisory lock): the first version of all has no row to lock."""


@dataclass(frozen=True)
class Line:
    """One line. A case belongs to the first line that fits it; empty lists and None fit everything. Amounts in yuan, `from`
    included and `to` not. Regions fit by their beginning («浙江省» fits «浙江省杭州市»). Whoever takes the case has
    `min_level` at least, and one of `languages` if any are named."""

    name: str
    stages: tuple[int, ...] = ()
    products: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    amount_from: Decimal | None = None
    amount_to: Decimal | None = None
    min_level: int = 1
    languages: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        amounts = {
            name: None if (v := getattr(self, name)) is None else str(v) for name in ("amount_from", "amount_to")
        }
        lists = {name: list(getattr(self, name)) for name in ("stages", "products", "regions", "languages")}
        return {"name": self.name, **lists, **amounts, "min_level": self.min_level}


@dataclass(frozen=True)
class Values:
    """`band_percent`: how far from an equal share of expected money somebody may be moved for a better fit of difficulty.
    `stickiness`: 1 keeps cases with the holder of a live promise or plan and with the person's other cases.
    `complaint_team_days`: how long an upheld complaint keeps the whole team away. `carry_days`: how far back the ledger
    counts. `left_out_percent`: an apply that would leave out more of the plan than this is refused. `calm_level`: the
    hardest level for people with far more complaints than the house (see calm.py); 5 makes no difference."""

    band_percent: int = 10
    stickiness: int = 1
    complaint_team_days: int = 90
    carry_days: int = 30
    left_out_percent: int = 20
    calm_level: int = 5


BOUNDS = {
    "band_percent": (0, 100),
    "stickiness": (0, 1),
    "complaint_team_days": (0, 730),
    "carry_days": (0, 180),
    "left_out_percent": (0, 100),
    "calm_level": (1, 5),
}
LABELS = {
    "band_percent": gettext_lazy("均衡区间（%）"),
    "stickiness": gettext_lazy("跟随承诺与关联案件"),
    "complaint_team_days": gettext_lazy("投诉属实后整组回避天数"),
    "carry_days": gettext_lazy("公平台账结转天数"),
    "left_out_percent": gettext_lazy("生效时可略过比例上限（%）"),
    "calm_level": gettext_lazy("投诉率偏高者的最高难度（5 为不限）"),
}
DEFAULT_LINES = (
    Line("M3 及以上大额", stages=(3, 4, 5, 6, 7), amount_from=Decimal(20_000), min_level=4),
    Line("M3 及以上", stages=(3, 4, 5, 6, 7), min_level=3),
    Line("M2", stages=(2,), min_level=2),
    Line("M1", stages=(1,), min_level=1),
)


@dataclass(frozen=True)
class RulesInForce:
    """`version` 0: the shipped ones."""

    version: int
    lines: tuple[Line, ...]
    values: Values

    def condition(self, number: int) -> Q:
        """Cases that line `number` (from 0) fits; that no earlier line does is the caller's to ask, in order."""
        line, asked = self.lines[number], Q()
        if line.stages:
            asked &= Q(stage__in=line.stages)
        if line.products:
            asked &= Q(loan__product__in=line.products)
        if line.regions:
            asked &= reduce(or_, (Q(loan__region__startswith=region) for region in line.regions))
        if line.amount_from is not None:
            asked &= Q(total__gte=line.amount_from)
        if line.amount_to is not None:
            asked &= Q(total__lt=line.amount_to)
        return asked

    def level_of(self, number: int, stage: int = 0) -> int:
        """Level that a case of the line wants; of none (-1), 1."""
        return self.lines[number].min_level if number >= 0 else REST.min_level

    def name_of(self, number: int) -> str:
        return self.lines[number].name if number >= 0 else REST.name


REST = Line("其他")
"""For a case that no line fits: everybody who may work its stage, product and region."""


def rules_in_force() -> RulesInForce:
    """One query."""
    newest = AssignmentRules.objects.order_by("-pk").first()
    if newest is None:
        return RulesInForce(0, DEFAULT_LINES, Values())
    return RulesInForce(newest.pk, read_lines(newest.lines), read_values(newest.values))


def read_lines(lines: Sequence[Mapping[str, Any]]) -> tuple[Line, ...]:
    """Lines as somebody typed them or as they are stored. Raises AssignmentRefused with the field
    («lines.2.amount_from»)."""
    if not lines:
        raise AssignmentRefused(_("至少需要一条规则"), "lines")
    if len(lines) > MOST_LINES:
        raise AssignmentRefused(_("规则最多 %(most)s 条") % {"most": MOST_LINES}, "lines")
    read = tuple(_line(number, line) for number, line in enumerate(lines))
    names = [line.name for line in read]
    twice = next((name for n, name in enumerate(names) if name in names[:n]), None)
    if twice is not None:
        raise AssignmentRefused(
            _("有两条规则都叫“%(name)s”，请改名") % {"name": twice}, f"lines.{names.index(twice)}.name"
        )
    return read


def _line(number: int, given: Mapping[str, Any]) -> Line:
    def refuse(name: str, sentence: str) -> AssignmentRefused:
        return AssignmentRefused(
            _("第 %(number)s 条规则：%(sentence)s") % {"number": number + 1, "sentence": sentence},
            f"lines.{number}.{name}",
        )

    name = str(given.get("name", "")).strip()
    if not name or len(name) > 40:
        raise refuse("name", _("名称须为 1 至 40 个字"))
    try:
        stages = tuple(sorted({int(stage) for stage in given.get("stages") or ()}))
    except (TypeError, ValueError) as wrong:
        raise refuse("stages", _("阶段须为 1 至 7")) from wrong
    if any(not 1 <= stage <= 7 for stage in stages):
        raise refuse("stages", _("阶段须为 1 至 7"))
    amounts: dict[str, Decimal | None] = {}
    for side in ("amount_from", "amount_to"):
        text = str(given.get(side) if given.get(side) is not None else "").replace(",", "").strip()
        try:
            amounts[side] = Decimal(text) if text else None
        except InvalidOperation as wrong:
            raise refuse(side, _("“%(text)s”不是金额") % {"text": text[:40]}) from wrong
        amount = amounts[side]
        if amount is not None and (not amount.is_finite() or amount < 0 or amount > 10**12):
            raise refuse(side, _("“%(text)s”不是金额") % {"text": text[:40]})
    low, high = amounts["amount_from"], amounts["amount_to"]
    if low is not None and high is not None and low >= high:
        raise refuse("amount_to", _("金额上限须大于下限"))
    try:
        level = int(given.get("min_level", 1))
    except (TypeError, ValueError) as wrong:
        raise refuse("min_level", _("难度等级须为 1 至 5")) from wrong
    if not 1 <= level <= 5:
        raise refuse("min_level", _("难度等级须为 1 至 5"))
    texts = {
        side: tuple(dict.fromkeys(text for item in given.get(side) or () if (text := str(item).strip()[:64])))
        for side in ("products", "regions", "languages")
    }
    return Line(name=name, stages=stages, min_level=level, amount_from=low, amount_to=high, **texts)


def read_values(values: Mapping[str, Any]) -> Values:
    """What is missing has its default. Raises AssignmentRefused with the field."""
    read: dict[str, int] = {}
    for name, (least, most) in BOUNDS.items():
        given = values.get(name, getattr(Values, name))
        try:
            read[name] = int(given)
        except (TypeError, ValueError):
            read[name] = least - 1
        if not least <= read[name] <= most:
            said = {"label": LABELS[name], "least": least, "most": most}
            raise AssignmentRefused(_("“%(label)s”须为 %(least)s 至 %(most)s 的整数") % said, name)
    return Values(**read)


def save_rules(
    *,
    lines: Sequence[Mapping[str, Any]],
    values: Mapping[str, Any],
    reason: str,
    based_on: int,
    actor: User | None,
    now: datetime,
) -> AssignmentRules:
    """Put a new version in force. `based_on`: the version that was looked at. Raises AssignmentRefused: something out of
    its bounds, no reason, nothing changed, or somebody else was quicker."""
    new_lines, new_values = read_lines(lines), read_values(values)
    if not reason.strip():
        raise AssignmentRefused(_("请写明修改的原因"), "reason")
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        before = rules_in_force()
        if before.version != based_on:
            raise AssignmentRefused(_("规则已被他人修改，请按最新的版本重新填写"))
        if (before.lines, before.values) == (new_lines, new_values):
            raise AssignmentRefused(_("没有改动"))
        row = AssignmentRules.objects.create(
            lines=[line.to_json() for line in new_lines],
            values=asdict(new_values),
            reason=reason.strip()[:200],
            saved_by=actor,
            saved_at=now,
        )
        audit.record(
            action="assignment.rules_saved",
            actor=actor,
            obj=row,
            data={"before": before.version, "lines": len(new_lines), "values": asdict(new_values)},
            reason=reason,
        )
    return row
