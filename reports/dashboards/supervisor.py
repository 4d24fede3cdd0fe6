"""The supervisor's dashboard: the two rates first, then the book, what will roll, what falls due, who is at work."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agents.models import Team
from agents.people.board_selectors import PersonRow, board_rows, day_rows, total_of
from agents.scope import people_for
from cases.names import shown_names
from collection_ops.core.access import has
from collection_ops.core.approvals import waiting_for
from collection_ops.core.tables import Column
from compliance.selectors_calls import overdue_notes
from reports import selectors
from reports.dashboards import rollers
from reports.dashboards.page import Maker, Page
from reports.dashboards.rows import reading
from reports.dashboards.rows.registry import parts_of
from reports.dashboards.tables import Chart, Table
from reports.kpis import Question
from reports.kpis.asked import STAGE_NAMES, Dim

CAPABILITY = "overview.view"
HEADLINES = ("recovery_rate", "complaint_rate")
FIGURES = (
    "money_in", "roll_forward_rate", "entered", "kept_rate_count", "connect_rate", "notes_in_time", "gate_refusal_rate",
)  # fmt: skip
TREND_MONTHS = 6
PEOPLE_SHOWN = 10
ROLLERS_SHOWN = 5


def context(page: Page) -> dict[str, Any]:
    """What is read first. The rest of the page (`PARTS`) is asked for by itself, so that nobody waits for it."""
    asked = page.asked
    book = selectors.book_of(page.cases, stage=_stage(page))
    lines = [line for line in selectors.source_lines(today=page.today) if asked.source in (None, line.source)]
    found: dict[str, Any] = {
        "source": asked.source,
        "book": book,
        "source_lines": lines,
        "as_of": max((line.run.as_of for line in lines if line.run), default=None),
        "book_url": asked.list_url(status="open"),
        "absent_url": asked.list_url(status="absent"),
    }
    if not book.count and not book.absent_count:
        return found
    return found | {
        "headlines": [
            {"figure": figure, "trend": page.trend(name, months=TREND_MONTHS)}
            for name in HEADLINES
            if (figure := page.maker.figure(name)) is not None
        ],
        "figures": page.maker.figures(*FIGURES),
        "stage_rows": [
            {"line": line, "url": asked.list_url(status="open", stage=int(line.stage))} for line in book.stages
        ],
        "stage_chart": _stage_chart(page, book),
        "parts": {
            name: {"label": part.label, "url": f"{reverse('reports:overview_part', args=[name])}?{asked.address()}"}
            for name, part in PARTS.items()
        },
    }


def _stage(page: Page) -> int | None:
    asked = page.asked.only.get(Dim.STAGE)
    return STAGE_NAMES.index(asked) + 1 if asked else None


# The book and what moved -----------------------------------------------------------------------------------------------


def _stage_chart(page: Page, book: selectors.Book) -> Chart:
    data = [
        {
            "label": line.label,
            "stage": int(line.stage),
            "count": line.count,
            "amount": str(line.total),
            "url": page.asked.list_url(status="open", stage=int(line.stage)),
        }
        for line in book.stages
    ]
    return Chart("stages", data, _("按逾期阶段的件数与金额，数据见旁边的表"), stages(page, book))


def stages(page: Page, book: selectors.Book | None = None) -> Table:
    book = book or selectors.book_of(page.cases, stage=_stage(page))
    parts = ("total", "principal", "interest", "penalty", "fees")
    rows: list[list[Any]] = [[line.label, line.count, *(getattr(line, part) for part in parts)] for line in book.stages]
    rows.append([_("合计"), book.count, *(book.sum_of(part) for part in parts)])
    rows.append([_("缺席待解释"), book.absent_count, book.absent_amount, None, None, None, None])
    columns = [
        Column(_("逾期阶段")), Column(_("件数"), "integer"), Column(_("逾期总额"), "money"), Column(_("本金"), "money"),
        Column(_("利息"), "money"), Column(_("违约金"), "money"), Column(_("费用"), "money"),
    ]  # fmt: skip
    return Table("stages", _("逾期阶段分布"), columns, rows)


def _moves(page: Page, movement: selectors.Movement) -> list[dict[str, Any]]:
    """The four tiles of change; each opens its cases."""
    found = [
        ("new", _("新进"), movement.new, _("本数据日才出现")),
        ("left", _("离开"), movement.left, _("未出现在本数据日，待解释")),
        ("forward", _("前滚"), movement.forward, _("阶段变重")),
        ("back", _("后滚"), movement.back, _("阶段变轻")),
    ]
    return [
        {"label": label, "cell": cell, "note": note, "url": page.asked.list_url(status="all", move=move)}
        for move, label, cell, note in found
    ]


def _matrix(page: Page, movement: selectors.Movement) -> list[dict[str, Any]]:
    """Rows of the roll matrix: stage before; columns: stage after, then left. The last row is what is new."""
    list_url, nothing = page.asked.list_url, selectors.Cell()
    rows: list[dict[str, Any]] = []
    for before in movement.stages:
        cells = [
            {
                "cell": movement.cells.get((int(before), int(after)), nothing),
                "tone": "is-same" if after == before else "is-forward" if after > before else "is-back",
                "url": list_url(status="all", move="both", stage_from=int(before), stage_to=int(after)),
            }
            for after in movement.stages
        ]
        cells.append(
            {
                "cell": movement.cells.get((int(before), None), nothing),
                "tone": "",
                "url": list_url(status="all", move="left", stage_from=int(before)),
            }
        )
        rows.append({"label": before.label, "cells": cells, "sum": sum((one["cell"] for one in cells), nothing)})
    fresh = [
        {
            "cell": movement.cells.get((None, int(after)), nothing),
            "tone": "",
            "url": list_url(status="all", move="new", stage_to=int(after)),
        }
        for after in movement.stages
    ]
    rows.append({"label": _("新进"), "cells": [*fresh, {"cell": None, "tone": "", "url": ""}], "sum": movement.new})
    return rows


def matrix(page: Page) -> Table:
    movement = selectors.movement_of(page.cases, source=page.asked.source)
    shown = _matrix(page, movement)
    columns = [Column(_("从 \\ 到")), *(Column(stage.label, "integer") for stage in movement.stages)]
    columns += [Column(_("离开"), "integer"), Column(_("合计"), "integer")]
    rows = [
        [row["label"], *(one["cell"].count if one["cell"] else None for one in row["cells"]), row["sum"].count]
        for row in shown
    ]
    return Table("matrix", _("滚动矩阵（件数）"), columns, rows)


def movement_context(page: Page) -> dict[str, Any]:
    """What moved since the business date before."""
    movement = selectors.movement_of(page.cases, source=page.asked.source)
    return {
        "movement": movement,
        "moves": _moves(page, movement),
        "matrix": _matrix(page, movement),
        "matrix_stages": [stage.label for stage in movement.stages],
    }


# What comes ------------------------------------------------------------------------------------------------------------


def today_context(page: Page) -> dict[str, Any]:
    """What waits today."""
    return {
        "book": selectors.book_of(page.cases.absent(), stage=_stage(page)),
        "absent_url": page.asked.list_url(status="absent"),
        "promises": promises_due(page),
        "notes_overdue": _notes_overdue(page),
        "approvals": waiting_for(page.user),
    }


def ahead_context(page: Page) -> dict[str, Any]:
    """What rolls soon, and tomorrow's first."""
    first = _first_rollers(page)
    return {
        "ahead": _ahead(page),
        "rollers": first,
        "roller_names": shown_names(page.user, [line.case for line in first]),
    }


def _ahead(page: Page) -> list[rollers.Ahead]:
    return rollers.forecast(_rolling_cases(page), today=page.today)


def _rolling_cases(page: Page) -> Any:
    stage = _stage(page)
    return page.cases if stage is None else page.cases.filter(stage=stage)


def roller_rows(page: Page, horizon: int) -> Any:
    return rollers.rolling(_rolling_cases(page), horizon=horizon, today=page.today, now=page.now)


def _first_rollers(page: Page) -> list[rollers.Line]:
    return rollers.page(roller_rows(page, 1), today=page.today, size=ROLLERS_SHOWN)[0]


def rollers_context(page: Page, *, days: str, after: str) -> dict[str, Any]:
    """The list of what rolls within `days` (one of the horizons, else tomorrow)."""
    horizon = next((one for one in rollers.HORIZONS if str(one) == days), rollers.HORIZONS[0])
    lines, cursor = rollers.page(roller_rows(page, horizon), today=page.today, after=after)
    return {
        "horizon": horizon,
        "ahead": _ahead(page),
        "lines": lines,
        "names": shown_names(page.user, [line.case for line in lines]),
        "first_url": f"?{page.asked.address(days=horizon)}" if after else "",
        "next_url": f"?{page.asked.address(days=horizon, after=cursor)}" if cursor else "",
    }


def ahead(page: Page) -> Table:
    return Table(
        "rollers",
        _("滚动预测"),
        [
            Column(_("天数以内"), "integer"), Column(_("到"), "date"), Column(_("件数"), "integer"),
            Column(_("将滚动的金额"), "money"), Column(_("止滚所需"), "money"),
        ],
        [
            [one.horizon, page.today + timedelta(days=one.horizon), one.number, one.amount, one.to_stop]
            for one in _ahead(page)
        ],
    )  # fmt: skip


def promises_due(page: Page) -> list[dict[str, Any]]:
    """What was promised for today, and what is late and still counts if it comes."""
    question: Question = page.asked.question(as_of=page.today, first=page.today.replace(day=1))
    found = []
    for part, rows in parts_of("promises_due").items():
        query = page.asked.address(without="period", part=part)
        found.append(
            {
                "label": rows.label,
                "sum": reading.total_of(rows, question),
                "url": f"{reverse('reports:rows', args=['promises_due'])}?{query}"
                if has(page.user, "figures.view")
                else "",
            }
        )
    return found


# People ----------------------------------------------------------------------------------------------------------------


def _people(page: Page) -> Any:
    if not has(page.user, "people.view"):
        return None
    people = people_for(page.user, "people.view")
    if Dim.TEAM in page.asked.only:
        people = people.filter(unit=page.asked.only[Dim.TEAM])
    if Dim.DESK in page.asked.only:
        people = people.filter(desk__code=page.asked.only[Dim.DESK])
    return people


def _activity(page: Page, rows_of: Callable[..., list[PersonRow]]) -> list[PersonRow]:
    people = _people(page)
    if people is None:
        return []
    teams = dict(Team.objects.order_by("code").values_list("code", "name"))
    return rows_of(people, teams=teams, day=page.today, now=page.now)


def activity_context(page: Page) -> dict[str, Any]:
    """Who is at work today, and what the gate refused."""
    people = _activity(page, day_rows)
    return {
        "activity": people,
        "activity_total": total_of(people),
        "activity_shown": sorted(people, key=lambda row: (-row.attempts, str(row.person)))[:PEOPLE_SHOWN],
        "refusals": _refusals(people),
    }


def activity(page: Page) -> Table | None:
    if not has(page.user, "people.view"):
        return None
    columns = [
        Column(_("人员")), Column(_("小组")), Column(_("在手"), "integer"), Column(_("拨打"), "integer"),
        Column(_("接通"), "integer"), Column(_("有效"), "integer"), Column(_("承诺"), "integer"),
        Column(_("今日到期"), "integer"), Column(_("今日兑现"), "integer"), Column(_("拦截"), "integer"),
        Column(_("超时催记"), "integer"), Column(_("今日到账"), "money"), Column(_("本月到账"), "money"),
    ]  # fmt: skip
    rows = [
        [
            str(row.person), row.team, row.cases, row.attempts, row.connected, row.effective, row.promised, row.due,
            row.kept, row.refused, row.not_told, row.money_today, row.money_month,
        ]
        for row in _activity(page, board_rows)
    ]  # fmt: skip
    return Table("activity", _("今日团队动作 %(day)s") % {"day": page.today}, columns, rows)


def _refusals(rows: list[PersonRow]) -> list[tuple[str, dict[str, str], int]]:
    """What the gate refused today, by rule, most often first."""
    number: dict[str, int] = {}
    statements: dict[str, dict[str, str]] = {}
    for row in rows:
        for rule, statement, times in row.rules:
            number[rule] = number.get(rule, 0) + times
            statements[rule] = statement
    return [(rule, statements[rule], times) for rule, times in sorted(number.items(), key=lambda x: (-x[1], x[0]))]


def _notes_overdue(page: Page) -> dict[str, Any] | None:
    people = _people(page)
    if people is None:
        return None
    late = overdue_notes(now=page.now).filter(actor__in=people.values("pk"))
    sort = urlencode({"sort": "-late"})
    return {"number": late.count(), "url": f"{reverse('people:team_board')}?{sort}"}


# The parts and the tables ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Part:
    """A part of the page that comes after it."""

    label: Any
    template: str
    context: Callable[[Page], dict[str, Any]]


PARTS: dict[str, Part] = {
    "today": Part(gettext_lazy("今天"), "reports/_waiting.html", today_context),
    "ahead": Part(gettext_lazy("明日滚动"), "reports/_ahead.html", ahead_context),
    "activity": Part(gettext_lazy("今日团队动作"), "reports/_activity.html", activity_context),
    "movement": Part(gettext_lazy("较上一数据日"), "reports/_movement.html", movement_context),
}


def _trend(name: str) -> Maker:
    def make(page: Page) -> Table | None:
        chart = page.trend(name, months=TREND_MONTHS)
        return chart.table if chart else None

    return make


TABLES: dict[str, Maker] = {
    "stages": stages,
    "matrix": matrix,
    "rollers": ahead,
    "activity": activity,
    "figures": lambda page: page.figure_table(page.maker.figures(*HEADLINES, *FIGURES)),
    **{f"trend-{name}": _trend(name) for name in HEADLINES},
}
