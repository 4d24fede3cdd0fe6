"""A kept paper as the page shows it: everything said in the reader's language, changes to the period before, cases as far as
the reader may see them."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.urls import reverse

from cases.models import Case
from collection_ops.core.masking import mask_name
from collection_ops.core.models import User
from reports.models import ReportRun
from reports.regular import words
from reports.regular.definitions import Definition, defined
from reports.regular.tree import Drawn, drawn

LONG = 14
"""Rows above which a table is folded on the page."""
NUMBERS = ("money", "integer", "percent", "points", "number")


@dataclass(frozen=True)
class Seen:
    """A case that the reader may open."""

    url: str
    name: str


def shown_paper(run: ReportRun, *, before: ReportRun | None, reader: User) -> dict[str, Any]:
    """What the page's template expects: `lead`, `sections`, `definitions`. Two queries."""
    content = run.content
    sections = content.get("sections", [])
    wanted = {int(story["case"]) for section in sections for story in section.get("stories", [])}
    seen = seen_cases(wanted, reader) if wanted else {}
    earlier = _figures(before.content) if before else {}
    known = defined(run.definitions)
    return {
        "lead": words.sentences(content.get("lead", [])),
        "sections": [_section(section, earlier, seen, known) for section in sections],
        "definitions": [known[name] for name in sorted(known)],
    }


def seen_cases(wanted: set[int], reader: User) -> dict[int, Seen]:
    found = Case.objects.for_user(reader).filter(pk__in=wanted)
    return {
        pk: Seen(reverse("cases:record", args=[pk]), mask_name(name))
        for pk, name in found.values_list("pk", "loan__debtor__name")
    }


def _figures(content: Mapping[str, Any]) -> dict[tuple[str, str], Any]:
    return {
        (section["key"], figure["key"]): figure.get("value")
        for section in content.get("sections", [])
        for figure in section.get("figures", [])
    }


def _section(
    section: Mapping[str, Any],
    earlier: Mapping[tuple[str, str], Any],
    seen: Mapping[int, Seen],
    known: Mapping[str, Definition],
) -> dict[str, Any]:
    key = section["key"]
    return {
        "key": key,
        "title": words.word(section["title"]),
        "lead": [words.said(text) for text in section.get("lead", [])],
        "figures": [_figure(one, earlier.get((key, one["key"])), known) for one in section.get("figures", [])],
        "charts": [_chart(key, one) for one in section.get("charts", [])],
        "tables": [_table(one) for one in section.get("tables", [])],
        "stories": [_story(one, seen) for one in section.get("stories", [])],
        "tree": _tree(section.get("tree", [])),
        "notes": [words.said(text) for text in section.get("notes", [])],
    }


def _figure(figure: Mapping[str, Any], before: Any, known: Mapping[str, Definition]) -> dict[str, Any]:
    kind, value = figure["kind"], figure.get("value")
    change = ""
    if kind in NUMBERS and value is not None and before is not None:
        more = Decimal(value) - Decimal(before)
        # Of shares the difference is in percentage points.
        step = (
            f"{more * 100:+.1f} pp"
            if kind in ("percent", "points")
            else ("+" if more > 0 else "") + words.shown(kind, more)
        )
        change = step if more else "±0"
    definition = known.get(figure.get("definition", ""))
    return {
        "label": words.word(figure["label"]),
        "value": words.shown(kind, value),
        "change": change,
        "before": words.shown(kind, before) if change else "",
        "definition": definition.formula if definition else "",
        "note": words.said(figure["note"]) if figure.get("note") else "",
    }


def _chart(section: str, chart: Mapping[str, Any]) -> dict[str, Any]:
    series, second = chart["series"], chart.get("second", 0)
    return {
        "id": f"chart-{section}-{chart['key']}",
        "title": words.word(chart["title"]),
        "data": {
            "form": chart["form"],
            "labels": [words.shown(chart["label_kind"], label) for label in chart["labels"]],
            "series": [
                {
                    "name": words.word(one["label"]),
                    "kind": one["kind"],
                    "second": number >= len(series) - second,
                    "values": [None if value is None else str(value) for value in one["values"]],
                    "said": [words.shown(one["kind"], value) for value in one["values"]],
                }
                for number, one in enumerate(series)
            ],
        },
    }


def _table(table: Mapping[str, Any]) -> dict[str, Any]:
    columns = [
        {"label": words.word(one["label"]), "is_number": words.is_number(one["kind"]), "kind": one["kind"]}
        for one in table["columns"]
    ]
    rows = table.get("rows", [])
    return {
        "key": table["key"],
        "title": words.word(table["title"]),
        "columns": columns,
        "rows": [
            {
                "is_total": bool(table.get("has_total")) and number == len(rows) - 1,
                "cells": [
                    {"column": column, "text": words.shown(column["kind"], value)}
                    for column, value in zip(columns, row, strict=True)
                ],
            }
            for number, row in enumerate(rows)
        ],
        "empty": words.word(table.get("empty", "")),
        "is_long": len(rows) > LONG,
    }


def _story(story: Mapping[str, Any], seen: Mapping[int, Seen]) -> dict[str, Any]:
    """What was done is told to those who may open the case; to others that there is one."""
    case = seen.get(int(story["case"]))
    return {
        "case": case,
        "number": f"#{story['case']}",
        "why": words.said(story["why"]),
        "steps": [{"day": one["day"], "text": words.said(one["text"])} for one in story.get("steps", [])]
        if case
        else [],
    }


def _tree(nodes: list[Any]) -> Drawn | None:
    return drawn(nodes) if len(nodes) > 1 else None
