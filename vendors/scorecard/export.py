"""The workbook of a month of scorecards for managers, and the numbers of its funnel. Sums only: no person can be told from
it."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from collection_ops.core.models import User
from collection_ops.core.services import audit
from collection_ops.core.tables import Column, TableWriter
from collection_ops.core.tables.xlsx_writer import XlsxTable
from vendors.models import Scorecard, ScorecardStratum, ScorecardTarget
from vendors.scorecard.changes import changes_said
from vendors.scorecard.criteria import CRITERION_LABELS, Criterion
from vendors.scorecard.promises import shown, told_of
from vendors.scorecard.selectors import items_in_order, ranking
from vendors.scorecard.shown import NAMES, stratum_said
from vendors.scorecard.waterfall import waterfall
from vendors.scorecard.wording import WHY_NOT

Rows = Iterator[Sequence[Any]]
SheetOf = tuple[str, list[Column], Callable[[Sequence[Scorecard]], Rows]]


def month_file(cards: Sequence[Scorecard], month: date, *, actor: User, now: datetime) -> bytes:
    """Five sheets: the overview, the points lost, the targets of the contracts, the strata, what would change a score."""
    sheets: list[SheetOf] = [
        (_("概览"), _overview_columns(), _overview),
        (_("失分"), _lost_columns(), _lost),
        (_("约定目标"), _targets_columns(), _targets),
        (_("分层"), _strata_columns(), _strata),
        (_("改进"), _changes_columns(), _changes),
    ]
    return _book(cards, month, sheets, actor=actor, now=now)


def funnel_file(cards: Sequence[Scorecard], month: date, *, actor: User, now: datetime) -> bytes:
    """What the funnel draws."""
    return _book(cards, month, [(_("漏斗图"), _funnel_columns(), _funnel)], actor=actor, now=now)


def _book(cards: Sequence[Scorecard], month: date, sheets: Sequence[SheetOf], *, actor: User, now: datetime) -> bytes:
    title = _("委外评分卡 %(month)s") % {"month": f"{month:%Y-%m}"}
    with tempfile.TemporaryDirectory() as folder, transaction.atomic():
        path = Path(folder) / "scorecards.xlsx"
        first, *others = sheets
        table = XlsxTable(
            path,
            title=f"{title} {first[0]}",
            columns=first[1],
            exported_by=str(actor),
            exported_at=now,
            watermark="",
            name=first[0],
        )
        with table:
            _write(table, first[2](cards))
            for name, columns, rows in others:
                table.next_table(name, f"{title} {name}", columns)
                _write(table, rows(cards))
        audit.record(
            action="scorecard.exported",
            actor=actor,
            data={"month": month.isoformat(), "cards": [one.pk for one in cards], "rows": table.rows},
        )
        return path.read_bytes()


def _write(table: TableWriter, rows: Rows) -> None:
    for row in rows:
        table.write_row(row)


# The sheets --------------------------------------------------------------------------------------------------------


def _overview_columns() -> list[Column]:
    return [
        Column(_("名次"), "integer"), Column(_("机构")), Column(_("修订"), "integer"), Column(_("在手案件"), "integer"),
        Column(_("委案金额(元)"), "money"), Column(_("实际回款(元)"), "money"), Column(_("预期回款(元)"), "money"),
        Column(_("实际÷预期"), "percent"), Column(_("95% 下限"), "percent"), Column(_("95% 上限"), "percent"),
        Column(_("与预期相比")), Column(_("无法区分的原因")), Column(_("得分"), "money"), Column(_("评级")),
        Column(_("红线违规(起)"), "integer"), Column(_("结算所用合规得分"), "money"), Column(_("目前份额(%)"), "money"),
        Column(_("建议份额(%)"), "money"), Column(_("已知截至"), "datetime"), Column(_("评分方案"), "integer"),
    ]  # fmt: skip


def _overview(cards: Sequence[Scorecard]) -> Rows:
    ranks = ranking(cards)
    for one in cards:
        yield (
            ranks.get(one.pk), one.agency.name, one.revision, one.cases, one.placed, one.observed, one.expected,
            one.ratio, one.lower, one.upper, one.get_verdict_display(), one.get_why_display() if one.why else "",
            one.score, one.grade, one.critical, one.compliance_score, one.share_now, one.share_proposed, one.known_by,
            one.scheme.number,
        )  # fmt: skip


def _lost_columns() -> list[Column]:
    return [
        Column(_("机构")), Column(_("指标")), Column(_("值"), "money"), Column(_("预期"), "money"),
        Column(_("分子"), "money"), Column(_("分母"), "money"), Column(_("权重(分)"), "money"),
        Column(_("得分"), "money"), Column(_("失分"), "money"), Column(_("扣到"), "money"), Column(_("未评原因")),
    ]  # fmt: skip


def _lost(cards: Sequence[Scorecard]) -> Rows:
    """The dearest cause first, what was not judged at the end; values as the curves take them."""
    for card in cards:
        items = {Criterion(one.criterion): one for one in items_in_order(card)}
        falls = {one.criterion: one for one in waterfall((key, item.lost) for key, item in items.items())}
        order = [*falls, *(key for key in items if key not in falls)]
        for key in sorted(order, key=lambda key: not items[key].is_judged):
            item, fall = items[key], falls.get(key)
            yield (
                card.agency.name, str(CRITERION_LABELS[key]), item.value, item.expected, item.numerator,
                item.denominator, item.weight, item.points, item.lost, fall.after if fall else None,
                str(WHY_NOT.get(item.why, item.why)),
            )  # fmt: skip


def _targets_columns() -> list[Column]:
    return [
        Column(_("机构")), Column(_("序号"), "integer"), Column(_("目标")), Column(_("委案时阶段")), Column(_("约定")),
        Column(_("实际"), "money"), Column(_("分子"), "money"), Column(_("分母"), "money"),
        Column(_("与目标之差"), "money"), Column(_("还差")), Column(_("结果")), Column(_("无从判断的原因")),
    ]  # fmt: skip


def _targets(cards: Sequence[Scorecard]) -> Rows:
    """Agencies in the order of the overview; of those without targets nothing. One query."""
    found: dict[int, list[ScorecardTarget]] = {one.pk: [] for one in cards}
    for row in ScorecardTarget.objects.filter(scorecard__in=list(found)).order_by("number"):
        found[row.scorecard_id].append(row)
    for card in cards:
        for row in found[card.pk]:
            said = shown(told_of(row))
            yield (
                card.agency.name, row.number, str(said["measure"]), said["stages"], said["promise"], row.value, row.part,
                row.whole, row.gap, said["short"], str(said["outcome"]), str(said["why"]),
            )  # fmt: skip


def _strata_columns() -> list[Column]:
    return [
        Column(_("机构")), Column(_("委案时阶段")), Column(_("账龄")), Column(_("金额档")), Column(_("产品")),
        Column(_("曾委外")), Column(_("案件"), "integer"), Column(_("委案金额(元)"), "money"),
        Column(_("实际回款(元)"), "money"), Column(_("预期回款(元)"), "money"), Column(_("同层回款率"), "percent"),
        Column(_("同层案件"), "integer"), Column(_("合并")),
    ]  # fmt: skip


def _strata(cards: Sequence[Scorecard]) -> Rows:
    """Agencies in the order of the overview, each with its largest amounts first; read as they come."""
    names = {one.pk: one.agency.name for one in cards}
    for card in cards:
        found = ScorecardStratum.objects.filter(scorecard=card).order_by("-amount", "pk")
        for row in found.iterator(chunk_size=2_000):
            said = stratum_said(row)
            yield (
                names[card.pk], said["stage"], said["age"], said["balance"], said["product"], said["earlier"],
                row.cases, row.amount, row.observed, row.expected, row.rate, row.pool_cases, said["merged"],
            )  # fmt: skip


def _changes_columns() -> list[Column]:
    return [
        Column(_("机构")), Column(_("现在得分"), "money"), Column(_("现在评级")), Column(_("指标")),
        Column(_("怎样改变得分")),
    ]  # fmt: skip


def _changes(cards: Sequence[Scorecard]) -> Rows:
    for card in cards:
        for item in items_in_order(card):
            for said in changes_said(item):
                yield card.agency.name, card.score, card.grade, str(NAMES[Criterion(item.criterion)]), said


def _funnel_columns() -> list[Column]:
    return [
        Column(_("机构")), Column(_("在手案件"), "integer"), Column(_("实际回款(元)"), "money"),
        Column(_("预期回款(元)"), "money"), Column(_("实际÷预期"), "percent"), Column(_("95% 下限"), "percent"),
        Column(_("95% 上限"), "percent"), Column(_("99.8% 下限"), "percent"), Column(_("99.8% 上限"), "percent"),
        Column(_("离散系数"), "money"), Column(_("与预期相比")), Column(_("无法区分的原因")),
    ]  # fmt: skip


def _funnel(cards: Sequence[Scorecard]) -> Rows:
    for one in cards:
        yield (
            one.agency.name, one.cases, one.observed, one.expected, one.ratio, one.lower, one.upper, one.lower998,
            one.upper998, one.dispersion, one.get_verdict_display(), one.get_why_display() if one.why else "",
        )  # fmt: skip
