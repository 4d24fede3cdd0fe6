"""What all dashboards share: the reader, the filters, the answers, and the tables by name."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _

from cases.querysets import CaseQuerySet
from collection_ops.core import clock
from collection_ops.core.http import SignedInRequest
from collection_ops.core.models import User
from collection_ops.core.tables import Column
from reports.dashboards import asked as filters
from reports.dashboards.asked import Asked, Choices
from reports.dashboards.asking import Asker, months_to
from reports.dashboards.figures import Figure, FigureMaker, rows_url
from reports.dashboards.tables import Chart, Table, cell_of, column_of, plain
from reports.kpis import catalogue

LEAST_MONTHS = 3
"""Of a trend."""


@dataclass
class Page:
    """One dashboard as one person asked for it."""

    user: User
    capability: str
    asked: Asked
    choices: Choices
    now: datetime
    today: date
    asker: Asker = field(default_factory=Asker)

    @cached_property
    def maker(self) -> FigureMaker:
        return FigureMaker(self.asker, self.asked, self.user)

    @property
    def cases(self) -> CaseQuerySet:
        return self.asked.cases(self.user, self.capability)

    def trend(self, name: str, *, months: int, kind: str = "spark") -> Chart | None:
        """The KPI by month up to the month that is looked at; None where the catalogue or every month has none."""
        definition = catalogue().get(name)
        if definition is None:
            return None
        periods = months_to(self.asked.as_of, months)
        told = self.asker.over(name, self.asked.question(), periods)
        values = [one.answer.total.value if one.answer else None for one in told]
        if all(value is None for value in values):
            return None
        # A line begins where there is something to tell; three months are always shown, so that one is seen as a beginning.
        known = next(at for at, value in enumerate(values) if value is not None)
        begin = min(known, max(months - LEAST_MONTHS, 0))
        periods, told, values = periods[begin:], told[begin:], values[begin:]
        labels = [f"{first:%Y-%m}" for first, _last in periods]
        rows, urls = [], {}
        for number, ((first, last), one) in enumerate(zip(periods, told, strict=True)):
            total = one.answer.total if one.answer else None
            rows.append(
                [
                    labels[number],
                    cell_of(total.value if total else None, definition.unit),
                    total.numerator if total else None,
                    total.denominator if total else None,
                ]
            )
            if total is not None and (url := rows_url(name, self.asked, self.user)):
                month = {"from": first.isoformat(), "to": last.isoformat()}
                urls[number, 1] = f"{url.partition('?')[0]}?{self._of_days(url, month)}"
        table = Table(
            name=f"trend-{name}",
            title=_("%(label)s，按月") % {"label": definition.label},
            columns=[
                Column(_("月份")),
                column_of(definition.label, definition.unit),
                Column(_("分子"), "money"),
                Column(_("分母"), "money"),
            ],
            rows=rows,
            urls=urls,
            note=_("最后一个月截至 %(day)s") % {"day": self.asked.as_of},
        )
        data = {
            "labels": labels,
            "unit": str(definition.unit),
            "series": [
                {
                    "name": str(definition.label),
                    "values": [plain(value) for value in values],
                    "urls": [urls.get((number, 1), "") for number in range(len(rows))],
                }
            ],
        }
        label = _("%(label)s的月度走势，数据见表") % {"label": definition.label}
        return Chart(kind, data, label, table, is_small=kind == "spark")

    def _of_days(self, url: str, days: dict[str, str]) -> str:
        """The query of `url` for another period; complaints call its ends by other names."""
        query = dict(parse_qsl(url.partition("?")[2]))
        if "first" in query:
            return urlencode(query | {"first": days["from"], "last": days["to"]})
        return urlencode(query | days)

    def figure_table(self, figures: list[Figure], *, name: str = "figures") -> Table:
        """The figures of the page with what they are made of."""
        return Table(
            name=name,
            title=_("指标 %(first)s 至 %(last)s") % {"first": self.asked.first, "last": self.asked.as_of},
            columns=[
                Column(_("指标")),
                Column(_("数值")),
                Column(_("分子"), "money"),
                Column(_("分母"), "money"),
                Column(_("上期")),
                Column(_("目标")),
                Column(_("口径版本"), "integer"),
            ],
            rows=[
                [
                    one.label,
                    one.shown,
                    one.line.numerator if one.line else None,
                    one.line.denominator if one.line else None,
                    one.before_shown,
                    one.target_shown,
                    one.version,
                ]
                for one in figures
            ],
        )


Maker = Callable[[Page], "Table | None"]


def open_page(request: SignedInRequest, capability: str, *, of_a_curve: bool = False) -> Page:
    now = clock.now()
    today = clock.business_date(now)
    asked, offered = filters.read(request.GET, request.user, capability, today=today, of_a_curve=of_a_curve)
    return Page(request.user, capability, asked, offered, now, today)


def shared(page: Page, *, narrowing: tuple[str, ...] = ("source", *filters.NARROWING)) -> dict[str, Any]:
    """What the filter bar and the frame of every dashboard expect."""
    asked = page.asked
    return {
        "asked": asked,
        "page_filters": [
            {
                "name": name,
                "label": filters.LABELS[name],
                "options": _options(getattr(page.choices, name), asked.query.get(name, "")),
            }
            for name in narrowing
            if len(getattr(page.choices, name)) > 1 or name in asked.query
        ],
        "month": f"{asked.first:%Y-%m}" if asked.is_month and "from" not in asked.query else "",
        "query": asked.address(),
        "now": page.now,
        "today": page.today,
    }


_OPTION, _CHOSEN = '<option value="{}">{}</option>', '<option value="{}" selected>{}</option>'


def _options(choices: list[tuple[str, str]], chosen: str) -> str:
    """Of a select. Here, since a template takes ten times as long for a house of two hundred desks."""
    rows = (format_html(_CHOSEN if value == chosen else _OPTION, value, text) for value, text in choices)
    return format_html_join("", "{}", ((row,) for row in rows))
