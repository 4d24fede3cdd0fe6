"""The rows behind a figure: listed, added up, exported."""

import tempfile
from functools import cached_property
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from cases.stage import Stage
from collection_ops.core import clock
from collection_ops.core.access import has, requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.services import audit
from collection_ops.core.tables import CONTENT_TYPES, Column, open_table
from reports.dashboards.asked import OF_A_CURVE
from reports.dashboards.asking import Why
from reports.dashboards.figures import Figure
from reports.dashboards.page import Page, open_page, shared
from reports.dashboards.rows import reading
from reports.dashboards.rows.registry import RowSet, parts_of
from reports.kpis import Dim, Question, catalogue

CAPABILITY = "figures.view"
WHY_NOT = {Why.NOT_SO: gettext_lazy("这个指标不能按所选条件细分"), Why.NO_BOOK: gettext_lazy("这个期间之前没有账簿")}
ENTERED = ("cost_to_collect", "entry_rate")
"""One side of these is what people entered, which no rows of the book are behind."""
MOST_EXPORTED = 20_000
"""Rows of one export; more are asked for with narrower filters, or of the case list, whose export is a job."""


class _Listed:
    """Which rows were asked for: of which figure, which part, of which question."""

    def __init__(self, request: SignedInRequest, name: str, part: str, capability: str) -> None:
        self.parts = parts_of(name)
        self.part = part or next(iter(self.parts), "")
        if self.part not in self.parts:
            raise Http404
        self.name = name
        self.definition = catalogue().get(name)
        curve = self.definition is not None and Dim.COHORT in self.definition.dims
        self.page: Page = open_page(request, capability, of_a_curve=curve)
        self.why_not: Why | None = (
            self.page.asker.ask(name, self.page.asked.question()).why if self.definition else None
        )

    @cached_property
    def figure(self) -> Figure | None:
        """What stands beside the rows; an export asks neither for it nor for the period before."""
        return self.page.maker.figure(self.name) if self.definition else None

    @property
    def rows(self) -> RowSet:
        return self.parts[self.part]

    @property
    def question(self) -> Question:
        asked = self.page.asked.question()
        if self.definition is None:  # what is asked of today, not of a period
            return asked.narrowed(as_of=self.page.today, first=self.page.today.replace(day=1))
        return asked

    @property
    def keeps(self) -> list[tuple[str, str]]:
        """What the form of the filters does not ask and takes along."""
        query = self.page.asked.query
        return [("part", self.part), *((name, query[name]) for name in OF_A_CURVE if name in query)]

    @property
    def label(self) -> str:
        return str(self.definition.label) if self.definition else str(self.rows.what)


@requires(CAPABILITY)
@require_GET
def rows(request: SignedInRequest, name: str) -> HttpResponse:
    """What a figure counts, the largest amounts first. Cases that the reader may not open any more stand without a name."""
    found = _Listed(request, name, request.GET.get("part", "")[:32], CAPABILITY)
    context: dict[str, Any] = shared(found.page) | {
        "name": name,
        "label": found.label,
        "definition": found.definition,
        "part": found.part,
        "rows": found.rows,
        "parts": [(part, one.label, f"?{found.page.asked.address(part=part)}") for part, one in found.parts.items()],
        "keeps": found.keeps,
        "inputs_url": reverse("reports:kpi_inputs") if name in ENTERED and has(request.user, "kpi.inputs_view") else "",
        "why_not": found.why_not,
        "figure": found.figure,
        "may_export": has(request.user, "figures.export"),
        "most": MOST_EXPORTED,
        "export_query": found.page.asked.address(part=found.part),
        "of_today": found.definition is None,
    }
    if found.why_not is None:
        after, before = request.GET.get("after", "")[:64], request.GET.get("before", "")[:64]
        built = found.rows.build(found.question)
        listed = reading.page_of(found.rows, found.question, request.user, after=after, before=before, built=built)
        context |= {
            "page": listed,
            "sum": reading.total_of(found.rows, found.question, built=built),
            "previous_url": _neighbour(found, before=listed.before),
            "next_url": _neighbour(found, after=listed.after),
        }
    return render(request, "reports/rows.html", context)


def _neighbour(found: _Listed, **cursor: str) -> str:
    return f"?{found.page.asked.address(part=found.part, **cursor)}" if any(cursor.values()) else ""


@requires("figures.export")
@require_POST
def export(request: SignedInRequest, name: str) -> HttpResponse:
    """The rows as Excel, masked, asked for with a reason; the trail keeps who took how many, and why. No token: a
    second press is a second copy, and the trail has to know of both."""
    part = request.GET.get("part", "")[:32]
    found = _Listed(request, name, part, "figures.export")
    back = f"{reverse('reports:rows', args=[name])}?{found.page.asked.address(part=found.part)}"
    reason = request.POST.get("reason", "").replace("\x00", "").strip()[:200]
    if len(reason) < 2:
        messages.error(request, _("请填写导出用途"))
        return redirect(back)
    if found.why_not is not None:
        messages.error(request, WHY_NOT[found.why_not])
        return redirect(back)
    built = found.rows.build(found.question)
    total = reading.total_of(found.rows, found.question, built=built)
    if total.number > MOST_EXPORTED:
        messages.error(request, _("共 %(number)d 行，一次最多导出 %(most)d 行：请先缩小范围")
                       % {"number": total.number, "most": MOST_EXPORTED})  # fmt: skip
        return redirect(back)
    columns = [
        Column(_("合同编号")), Column(_("客户")), Column(_("数据来源")), Column(found.rows.day, "date"),
        Column(_("逾期阶段")), *([Column(found.rows.amount, "money")] if found.rows.amount else []),
    ]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder, transaction.atomic():
        path = Path(folder) / "rows.xlsx"
        title = f"{found.label}：{found.rows.label}"
        with open_table(
            path,
            file_format="xlsx",
            title=title,
            columns=columns,
            exported_by=str(request.user),
            exported_at=found.page.now,
        ) as table:
            for row in reading.all_of(found.question, request.user, built, most=MOST_EXPORTED):
                loan = row.case.loan if row.case else None
                table.write_row([
                    loan.contract_no if loan else "", row.name, loan.source.name if loan else "", row.day,
                    str(Stage(row.stage).label) if row.stage is not None else "",
                    *([row.amount] if found.rows.amount else []),
                ])  # fmt: skip
        audit.record(
            action="figures.exported",
            actor=request.user,
            reason=reason,
            data={"figure": name, "part": found.part, "rows": table.rows, "query": found.page.asked.pinned()},
        )
        response = HttpResponse(path.read_bytes(), content_type=CONTENT_TYPES["xlsx"])
    day = clock.business_date(found.page.now)
    response["Content-Disposition"] = f'attachment; filename="{name}-{found.part}-{day:%Y%m%d}.xlsx"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
