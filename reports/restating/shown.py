"""A restatement as the page of its report shows it."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.urls import reverse

from cases.models import Case, Repayment
from collection_ops.core.access import has
from collection_ops.core.models import User
from reports.models import ReportRun
from reports.regular import words
from reports.restating.late import KINDS

HEADLINE = 2
"""Section and figure: so long is the path of a number that stands by itself; a cell of a table has four."""


def shown_restatement(run: ReportRun, reader: User) -> dict[str, Any] | None:
    """What `reports/restating/_notice.html` expects; None where the report still says what is known. Up to four queries."""
    newest = run.restatements.order_by("-known_by").first()
    if newest is None or not newest.figures:
        return None
    cases = _cases(newest.facts, reader)
    figures = [
        {
            "path": " · ".join(words.word(part) for part in one["path"] if part),
            "old": words.shown(one["kind"], one["old"]),
            "new": words.shown(one["kind"], one["new"]),
            "is_headline": len(one["path"]) == HEADLINE,
        }
        for one in newest.figures
    ]
    return {
        "known_by": newest.known_by,
        "number": len(figures),
        "headlines": [one for one in figures if one["is_headline"]],
        "cells": [one for one in figures if not one["is_headline"]],
        "facts": [
            {
                "label": KINDS[fact["kind"]],
                "day": date.fromisoformat(fact["day"]),
                "learned_at": datetime.fromisoformat(fact["learned_at"]),
                "amount": None if fact["amount"] is None else Decimal(fact["amount"]),
                "url": _url(fact, cases, reader),
            }
            for fact in newest.facts
        ],
        "more": sum(newest.counts.values()) - len(newest.facts),
        "counts": [(KINDS[kind], number) for kind, number in newest.counts.items()],
    }


def _cases(facts: list[dict[str, Any]], reader: User) -> dict[tuple[str, int], int]:
    """Which case a fact is about, of those that the reader may open."""
    payments = [fact["ref"] for fact in facts if fact["kind"] in ("payment", "matched", "payment_gone")]
    loans = dict(Repayment.objects.filter(pk__in=payments, loan__isnull=False).values_list("pk", "loan_id"))
    ends = [fact["ref"] for fact in facts if fact["kind"] in ("ended", "reopened")]
    mine = Case.objects.for_user(reader)
    of_loan = dict(mine.filter(loan_id__in=set(loans.values())).order_by("episode").values_list("loan_id", "pk"))
    found = {("payment", pk): of_loan[loan] for pk, loan in loans.items() if loan in of_loan}
    return found | {("case", pk): pk for pk in mine.filter(pk__in=ends).values_list("pk", flat=True)}


def _url(fact: dict[str, Any], cases: dict[tuple[str, int], int], reader: User) -> str:
    kind, ref = fact["kind"], fact["ref"]
    if kind in ("file", "file_undone"):
        return reverse("cases:import_run", args=[ref]) if has(reader, "imports.view") else ""
    case = cases.get(("payment" if kind in ("payment", "matched", "payment_gone") else "case", ref))
    return reverse("cases:record", args=[case]) if case else ""
