"""A kept paper as an Excel workbook: a cover, then a sheet for each section with its tables and native charts.

Cells of texts are texts, never formulas. `for_mail`: without lines about people and cases.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import xlsxwriter
from django.utils import timezone
from django.utils.translation import gettext as _

from collection_ops.core.tables.base import is_dangerous
from collection_ops.core.tables.xlsx_writer import NUMBER_FORMATS
from reports.models import ReportKind, ReportRun
from reports.regular import words
from reports.regular.definitions import defined

FORMATS = {**NUMBER_FORMATS, "number": "#,##0.00", "points": "+0.00%;-0.00%;0.00%"}
WIDEST, NARROWEST = 44, 9
ROWS_OF_CHART = 16
NOT_IN_NAMES = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))


def file_name(run: ReportRun) -> str:
    return f"{run.kind}-{run.first:%Y%m%d}-{run.last:%Y%m%d}.xlsx"


def workbook(run: ReportRun, *, for_mail: bool = False) -> bytes:
    """The file, in the language that is active."""
    return _Book(run, for_mail=for_mail).to_bytes()


@dataclass
class _Spot:
    """Where a table came to stand, for the charts: sheet, first and last row of its data, columns by label."""

    sheet: str
    first: int
    last: int


class _Book:
    def __init__(self, run: ReportRun, *, for_mail: bool) -> None:
        self.run, self.for_mail = run, for_mail
        self.file = io.BytesIO()
        self.book = xlsxwriter.Workbook(
            self.file,
            {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
        )
        # The same paper gives the same file, whenever it is fetched.
        self.book.set_properties(
            {"title": self._title(), "comments": run.digest, "created": run.made_at.replace(tzinfo=None, microsecond=0)}
        )
        add = self.book.add_format
        self.big = add({"bold": True, "font_size": 16})
        self.bold = add({"bold": True, "font_size": 12})
        self.quiet = add({"font_color": "#55606E"})
        self.wrapped = add({"text_wrap": True, "valign": "top"})
        self.heading = add({"bold": True, "bg_color": "#E0EBF8", "bottom": 1, "text_wrap": True, "valign": "top"})
        self.text = add({"num_format": "@"})
        self.quoted = add({"num_format": "@", "quote_prefix": True})
        self.text_total = add({"num_format": "@", "bold": True, "top": 1})
        self.formats = {kind: add({"num_format": pattern}) for kind, pattern in FORMATS.items()}
        self.totals = {kind: add({"num_format": pattern, "bold": True, "top": 1}) for kind, pattern in FORMATS.items()}
        self.names: set[str] = set()

    def _title(self) -> str:
        run = self.run
        days = f"{run.first}" if run.first == run.last else f"{run.first} – {run.last}"
        return f"{ReportKind(run.kind).label} {days}"

    def to_bytes(self) -> bytes:
        self._cover()
        for section in self.run.content.get("sections", []):
            self._section(section)
        self.book.close()
        return self.file.getvalue()

    def _sheet(self, title: str) -> Any:
        """A sheet with a name that Excel takes and that is not taken: 31 characters."""
        wanted = title.translate(NOT_IN_NAMES).strip()[:31] or "-"
        name, number = wanted, 1
        while name.casefold() in self.names:
            number += 1
            name = f"{wanted[:28]} {number}"
        self.names.add(name.casefold())
        sheet = self.book.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer(f"&L{self._title().replace('&', '&&')}&C{self.run.digest[:16]}&R&P / &N")
        return sheet

    def _cover(self) -> None:
        run, sheet = self.run, self._sheet(_("封面"))
        sheet.set_column(0, 0, 18)
        sheet.set_column(1, 1, 90, self.wrapped)
        sheet.write_string(0, 0, self._title(), self.big)
        lines = [
            (_("期间"), f"{run.first} – {run.last}"),
            (_("数据日期"), f"{run.as_of}" if run.as_of else "–"),
            (_("已知截至"), f"{timezone.localtime(run.known_by):%Y-%m-%d %H:%M:%S}"),
            (_("生成时间"), f"{timezone.localtime(run.made_at):%Y-%m-%d %H:%M:%S}"),
            (_("摘要值"), run.digest),
        ]
        row = 2
        for label, value in lines:
            sheet.write_string(row, 0, label, self.heading)
            sheet.write_string(row, 1, value, self.wrapped)
            row += 1
        sheet.write_string(row + 1, 0, words.sentences(run.content.get("lead", [])), self.bold)
        row += 3
        sheet.write_string(row, 0, _("口径"), self.heading)
        sheet.write_string(row, 1, _("定义与版本"), self.heading)
        for _name, known in sorted(defined(run.definitions).items()):
            row += 1
            sheet.write_string(row, 0, known.label)
            sheet.write_string(row, 1, f"v{known.version}  {known.formula}", self.wrapped)

    def _section(self, section: Mapping[str, Any]) -> None:
        title = words.word(section["title"])
        sheet = self._sheet(title)
        sheet.write_string(0, 0, title, self.big)
        sheet.write_string(1, 0, words.sentences(section.get("lead", [])), self.quiet)
        sheet.freeze_panes(2, 1)
        widths: dict[int, int] = {}
        row = self._figures(sheet, section.get("figures", []), 3, widths)
        spots: dict[str, _Spot] = {}
        for table in section.get("tables", []):
            if self.for_mail and table.get("about_people"):
                continue
            first = row + 2
            row = self._table(sheet, table, row, widths)
            spots[table["key"]] = _Spot(sheet.get_name(), first, first + len(table.get("rows", [])) - 1)
        if not self.for_mail:
            row = self._stories(sheet, section.get("stories", []), row)
        for text in section.get("notes", []):
            sheet.write_string(row, 0, words.said(text), self.quiet)
            row += 1
        at = row + 1
        for chart in section.get("charts", []):
            if chart["table"] in spots:
                self._chart(sheet, chart, section, spots[chart["table"]], at)
                at += ROWS_OF_CHART + 1
        for column, width in widths.items():
            sheet.set_column(column, column, min(max(width + 2, NARROWEST), WIDEST))

    def _figures(self, sheet: Any, figures: list[Any], row: int, widths: dict[int, int]) -> int:
        for figure in figures:
            label = words.word(figure["label"])
            sheet.write_string(row, 0, label)
            self._cell(sheet, row, 1, figure["kind"], figure.get("value"), is_total=False)
            widths[0] = max(widths.get(0, 0), _width(label))
            widths[1] = max(widths.get(1, 0), _width(words.shown(figure["kind"], figure.get("value"))))
            row += 1
        return row + 1 if figures else row

    def _table(self, sheet: Any, table: Mapping[str, Any], row: int, widths: dict[int, int]) -> int:
        """Title, headings, rows; returns the next free row."""
        sheet.write_string(row, 0, words.word(table["title"]), self.bold)
        columns, rows = table["columns"], table.get("rows", [])
        for at, column in enumerate(columns):
            label = words.word(column["label"])
            sheet.write_string(row + 1, at, label, self.heading)
            widths[at] = max(widths.get(at, 0), _width(label))
        if not rows and table.get("empty"):
            sheet.write_string(row + 2, 0, words.word(table["empty"]), self.quiet)
            return row + 4
        for number, values in enumerate(rows):
            is_total = bool(table.get("has_total")) and number == len(rows) - 1
            for at, (column, value) in enumerate(zip(columns, values, strict=True)):
                shown = self._cell(sheet, row + 2 + number, at, column["kind"], value, is_total=is_total)
                widths[at] = max(widths.get(at, 0), _width(shown))
        return row + 2 + len(rows) + 1

    def _cell(self, sheet: Any, row: int, at: int, kind: str, value: Any, *, is_total: bool) -> str:
        dress = (self.totals if is_total else self.formats).get(kind)
        if value is None or value == "":
            if is_total:
                sheet.write_blank(row, at, None, self.text_total)
            return ""
        if words.is_number(kind):
            sheet.write_number(row, at, float(Decimal(value)), dress)
        elif kind == "date":
            day = date.fromisoformat(value)
            sheet.write_datetime(row, at, datetime(day.year, day.month, day.day), dress)  # noqa: DTZ001 (a cell has no zone)
        else:
            text = words.shown(kind, value)[:32_000]
            plain = self.quoted if is_dangerous(text) else self.text
            sheet.write_string(row, at, text, self.text_total if is_total else plain)
        return words.shown(kind, value)

    def _stories(self, sheet: Any, stories: list[Any], row: int) -> int:
        """By number of the case, nothing else of it."""
        for story in stories:
            sheet.write_string(row, 0, f"#{story['case']}  {words.said(story['why'])}", self.bold)
            row += 1
            for step in story.get("steps", []):
                sheet.write_string(row, 0, step["day"])
                sheet.write_string(row, 1, words.said(step["text"]))
                row += 1
            row += 1
        return row

    def _chart(self, sheet: Any, chart: Mapping[str, Any], section: Mapping[str, Any], spot: _Spot, at: int) -> None:
        """Reads the cells of its table: the columns whose labels its series bear; a total is left out."""
        table = next(one for one in section["tables"] if one["key"] == chart["table"])
        places = {column["label"]: number for number, column in enumerate(table["columns"])}
        last = spot.last - (1 if table.get("has_total") else 0)
        if last < spot.first:
            return
        form = {"bar": "column", "line": "line"}[chart["form"]]
        drawn, beside = self.book.add_chart({"type": form}), None
        series = chart["series"]
        for number, one in enumerate(series):
            if one["label"] not in places:
                continue
            place = places[one["label"]]
            line = {
                "name": words.word(one["label"]),
                "categories": [spot.sheet, spot.first, 0, last, 0],
                "values": [spot.sheet, spot.first, place, last, place],
                "gap": 60,
            }
            if number >= len(series) - chart.get("second", 0):
                # Another unit: columns on two axes would hide each other, so it is a line.
                beside = beside or self.book.add_chart({"type": "line"})
                beside.add_series({**line, "y2_axis": True, "marker": {"type": "circle"}})
            else:
                drawn.add_series(line)
        if beside is not None:
            drawn.combine(beside)
        drawn.set_title({"name": words.word(chart["title"]), "name_font": {"size": 11}})
        drawn.set_legend({"position": "bottom"})
        drawn.set_size({"width": 760, "height": 300})
        if chart["label_kind"] == "date":
            drawn.set_x_axis({"date_axis": True, "num_format": "mm-dd"})
        sheet.insert_chart(at, 0, drawn)


def _width(text: str) -> int:
    """Columns on the screen: a Chinese character takes two."""
    return sum(2 if ord(character) > 0x2E7F else 1 for character in text)
