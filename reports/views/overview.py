"""The overview: how much, where, what moved, what waits."""

import tempfile
from pathlib import Path
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from cases.models import Source
from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.services import audit
from collection_ops.core.tables import CONTENT_TYPES, Column, open_table
from reports import selectors

PARTS = ("total", "principal", "interest", "penalty", "fees")


def _source(request: SignedInRequest) -> Source | None:
    """The source asked for by its code; anything unknown means all of them."""
    code = request.GET.get("source", "").replace("\x00", "")[:32]
    return Source.objects.filter(code=code).first() if code else None


def _list_url(source: Source | None, **query: Any) -> str:
    """The case list with the filter behind a figure."""
    if source is not None:
        query["source"] = source.code
    return f"{reverse('cases:list')}?{urlencode(query)}"


@requires("overview.view")
@require_GET
def overview(request: SignedInRequest) -> HttpResponse:
    """For who leads: a sentence, the stages, the movement, the absences, the files. Every figure opens its cases."""
    user = request.user
    source = _source(request)
    book = selectors.book_of(user, source=source)
    movement = selectors.movement_of(user, source=source)
    today = clock.business_date(clock.now())
    lines = selectors.source_lines(today=today)
    context = {
        "source": source,
        "sources": [line.source for line in lines],
        "book": book,
        "stage_rows": [
            {"line": line, "url": _list_url(source, status="open", stage=int(line.stage))} for line in book.stages
        ],
        "stage_series": [
            {
                "label": line.label,
                "stage": int(line.stage),
                "count": line.count,
                "amount": str(line.total),
                "url": _list_url(source, status="open", stage=int(line.stage)),
            }
            for line in book.stages
        ],
        "book_url": _list_url(source, status="open"),
        "absent_url": _list_url(source, status="absent"),
        "movement": movement,
        "moves": _moves(movement, source),
        "matrix": _matrix(movement, source),
        "matrix_stages": [stage.label for stage in movement.stages],
        "source_lines": [line for line in lines if source is None or line.source == source],
        "as_of": max(
            (line.run.as_of for line in lines if line.run and (source is None or line.source == source)), default=None
        ),
        "export_url": f"{reverse('reports:stage_export')}{f'?source={source.code}' if source else ''}",
    }
    return render(request, "reports/overview.html", context)


def _moves(movement: selectors.Movement, source: Source | None) -> list[dict[str, Any]]:
    """The four tiles of change; each opens its cases."""
    found = [
        ("new", _("新进"), movement.new, _("本数据日才出现")),
        ("left", _("离开"), movement.left, _("未出现在本数据日，待解释")),
        ("forward", _("前滚"), movement.forward, _("阶段变重")),
        ("back", _("后滚"), movement.back, _("阶段变轻")),
    ]
    return [
        {"label": label, "cell": cell, "note": note, "url": _list_url(source, status="all", move=move)}
        for move, label, cell, note in found
    ]


def _matrix(movement: selectors.Movement, source: Source | None) -> list[dict[str, Any]]:
    """Rows of the roll matrix: stage before; columns: stage after, then left. The last row is what is new."""
    stages = movement.stages
    rows: list[dict[str, Any]] = []
    for before in stages:
        row_sum = sum(
            (movement.cells.get((int(before), a), selectors.Cell()) for a in [*map(int, stages), None]),
            selectors.Cell(),
        )
        cells = [
            {
                "cell": movement.cells.get((int(before), int(after)), selectors.Cell()),
                "tone": "is-same" if after == before else "is-forward" if after > before else "is-back",
                "url": _list_url(source, status="all", move="both", stage_from=int(before), stage_to=int(after)),
            }
            for after in stages
        ]
        cells.append(
            {
                "cell": movement.cells.get((int(before), None), selectors.Cell()),
                "tone": "",
                "url": _list_url(source, status="all", move="left", stage_from=int(before)),
            }
        )
        rows.append({"label": before.label, "cells": cells, "sum": row_sum})
    new_cells = [
        {
            "cell": movement.cells.get((None, int(after)), selectors.Cell()),
            "tone": "",
            "url": _list_url(source, status="all", move="new", stage_to=int(after)),
        }
        for after in stages
    ]
    rows.append({"label": _("新进"), "cells": [*new_cells, {"cell": None, "tone": "", "url": ""}], "sum": movement.new})
    return rows


@requires("overview.view")
@require_GET
def stage_export(request: SignedInRequest) -> HttpResponse:
    """The stage table as Excel. Sums only: no person can be told from it."""
    user = request.user
    source = _source(request)
    book = selectors.book_of(user, source=source)
    now = clock.now()
    columns = [
        Column(_("逾期阶段")),
        Column(_("件数"), "integer"),
        Column(_("逾期总额"), "money"),
        Column(_("本金"), "money"),
        Column(_("利息"), "money"),
        Column(_("违约金"), "money"),
        Column(_("费用"), "money"),
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "stages.xlsx"
        title = _("逾期阶段分布")
        with open_table(
            path, file_format="xlsx", title=title, columns=columns, exported_by=str(user), exported_at=now
        ) as table:
            for line in book.stages:
                table.write_row([line.label, line.count, *(getattr(line, part) for part in PARTS)])
            table.write_row([_("合计"), book.count, *(book.sum_of(part) for part in PARTS)])
            table.write_row([_("缺席待解释"), book.absent_count, book.absent_amount, None, None, None, None])
        content = path.read_bytes()
    with transaction.atomic():
        audit.record(
            action="overview.exported",
            actor=user,
            data={"source": source.code if source else "", "rows": len(book.stages)},
        )
    response = HttpResponse(content, content_type=CONTENT_TYPES["xlsx"])
    day = clock.business_date(now)
    response["Content-Disposition"] = f'attachment; filename="stages-{day:%Y%m%d}.xlsx"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
