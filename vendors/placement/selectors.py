"""What the pages of batches and recalls show."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from cases.models import Case
from cases.stage import Stage
from collection_ops.core.wording import listed
from vendors.models import (
    Agency,
    Placement,
    PlacementBatch,
    PlacementFile,
    RecallBatch,
    RecallItem,
)
from vendors.placement import reasons
from vendors.placement.rule import Rule


@dataclass(frozen=True)
class AgencyLine:
    """One agency of a preview or of a result. `cells`: stage and (count, yuan), in the order of the table's columns."""

    row: Mapping[str, Any]
    cells: list[tuple[str, tuple[int, Decimal] | None]]


@dataclass(frozen=True)
class SplitTable:
    stages: list[str]
    lines: list[AgencyLine]
    sentences: list[str]


def split_table(rows: list[dict[str, Any]]) -> SplitTable:
    """Agencies × stages, and a sentence for each that differs from its share."""
    stages = sorted({stage for row in rows for stage in row["stages"]}, key=int)
    labels = {stage: str(Stage(int(stage)).label) for stage in stages}
    lines = [AgencyLine(_shown(row), [(labels[one], _cell(row["stages"].get(one))) for one in stages]) for row in rows]
    return SplitTable(list(labels.values()), lines, _sentences(rows))


def shares_said(batch: PlacementBatch) -> str:
    """Which agency gets how much of a batch; nothing of one that has no preview."""
    return listed(f"{row['name']} {row['share']}%" for row in batch.totals.get("agencies", ()))


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, **{f"{name}_off": _signed(row[f"{name}_off"]) for name in reasons.OFF}}


def _signed(percent: str | None) -> str | None:
    """-21.8 → −21.8, 5.2 → +5.2: which way it differs must be seen without knowing what came before."""
    if percent is None:
        return None
    number = Decimal(percent)
    return f"{'+' if number > 0 else '−' if number < 0 else ''}{abs(number)}"


def _cell(found: Mapping[str, Any] | None) -> tuple[int, Decimal] | None:
    return None if found is None else (found["count"], Decimal(found["amount"]))


def _sentences(rows: list[dict[str, Any]]) -> list[str]:
    return [
        _("%(agency)s 的%(what)s与均分应得相差 %(off)s%%，超过 5%%：比较各机构结果时须计入这一差异")
        % {"agency": row["name"], "what": reasons.OFF[name], "off": _signed(row[f"{name}_off"])}
        for row in rows
        for name in row["lopsided"]
    ]


def left_out_lines(counts: Mapping[str, int]) -> list[tuple[str, str, int]]:
    """(code, words, cases), the most first."""
    found = [(code, reasons.left_out(code), number) for code, number in counts.items()]
    return sorted(found, key=lambda line: (-line[2], line[0]))


def rule_lines(rule: Rule, source_name: str) -> list[tuple[str, str]]:
    """The rule in words: (what, which)."""
    everything = _("全部")
    stages = listed(Stage(stage).label for stage in rule.stages)
    places = _("案件池和催收员席位") if len(rule.places) > 1 else _("案件池")
    return [
        (_("数据来源"), source_name or everything),
        (_("逾期阶段"), stages or everything),
        (_("产品"), listed(rule.products) or everything),
        (_("地区"), listed(rule.regions) or everything),
        (_("逾期总额（元）"), _span(rule.amount_from, rule.amount_to) or everything),
        (_("在池天数"), _span(rule.pool_days_from, rule.pool_days_to) or everything),
        (_("取自"), places),
        (_("金额分档（元）"), _bands(rule)),
    ]


def _span(first: Decimal | int | None, last: Decimal | int | None) -> str:
    if first is None and last is None:
        return ""
    return f"{'' if first is None else f'{first:,}'} – {'' if last is None else f'{last:,}'}"


def _bands(rule: Rule) -> str:
    edges = [f"{edge.normalize():,f}" for edge in rule.bands]
    if not edges:
        return _("不分档")
    between = [f"{low}–{high}" for low, high in pairwise(edges)]
    return listed([f"<{edges[0]}", *between, f"≥{edges[-1]}"])


def cases_of(ids: list[int]) -> list[Case]:
    """In the order of ids, with what a line shows; one query."""
    return list(Case.objects.filter(pk__in=ids).select_related("loan__debtor", "loan__source", "desk").order_by("pk"))


@dataclass(frozen=True)
class AgencyFiles:
    """`open`: cases of the batch that the agency has now."""

    agency: Agency
    open: int
    files: list[PlacementFile]


def files_of(batch: PlacementBatch) -> list[AgencyFiles]:
    """By agency; four queries, whatever their number."""
    counts = dict(
        Placement.objects.filter(batch=batch)
        .order_by()
        .values_list("agency_id")
        .annotate(n=Count("pk", filter=Q(recalled_on__isnull=True)))
    )
    files: dict[int, list[PlacementFile]] = {}
    made = PlacementFile.objects.filter(batch=batch).select_related("made_by", "receipt").order_by("number")
    for file in made.prefetch_related("downloads__taken_by"):
        files.setdefault(file.agency_id, []).append(file)
    agencies = Agency.objects.filter(pk__in=counts).select_related("desk").order_by("name")
    return [AgencyFiles(one, counts[one.pk], files.get(one.pk, [])) for one in agencies]


def recalls_with_counts() -> QuerySet[RecallBatch]:
    return RecallBatch.objects.select_related("agency", "made_by", "finished_by").annotate(
        count=Count("items"),
        waiting=Count("items", filter=Q(items__state="pending")),
        asked=Count("items", filter=Q(items__state="keep_asked")),
        back=Count("items", filter=Q(items__state="recalled")),
    )


def items_of(recall: RecallBatch) -> QuerySet[RecallItem]:
    return RecallItem.objects.filter(recall=recall).select_related(
        "placement__case__loan__debtor", "placement__case__loan__source", "placement__case__desk", "placement__batch"
    )


def reasons_of(recall: RecallBatch) -> list[tuple[str, int]]:
    """(words, cases) of a list, the most first. One query."""
    found = RecallItem.objects.filter(recall=recall).order_by().values_list("reason").annotate(n=Count("pk"))
    return sorted(((reasons.recall_reason(code), n) for code, n in found), key=lambda line: (-line[1], line[0]))


def days_with(placement: Placement, today: date) -> int:
    """Days that the agency has or had the case."""
    return ((placement.recalled_on or today) - placement.placed_on).days
