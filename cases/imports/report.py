"""A run as plain data: what the command line prints as JSON, for schedulers, scripts and tests."""

import json
import re
import secrets
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from cases.imports.kinds import kind_of
from cases.imports.layout.layouts import Option
from cases.imports.refusals import RunRefused
from cases.imports.standing import ANSWERS
from cases.imports.words.problems import Problem, render
from cases.models import ImportProblem, ImportRun
from cases.stage import OVERDUE_STAGES

STAGE_NAMES = ["M0", *(str(stage.label) for stage in OVERDUE_STAGES)]


def report(run: ImportRun, *, book_hash: str = "") -> dict[str, Any]:
    """Everything about a run. Amounts are Decimal (numbers with two places once dumped); rows are Excel's.

    `stages` is what the file gives, `stages_before` what the book held. `book_hash` is of the whole book as it is now.
    """
    return {
        "run": run.pk,
        "kind": run.kind,
        "source": run.source.code,
        "file": run.file_name,
        "state": run.state,
        "as_of": run.as_of.isoformat(),
        "standing": run.standing,
        "rows": {name: run.row_counts.get(name, 0) for name in ("read", "accepted", "rejected", "skipped")},
        "problems": [problem.to_json() for problem in problems_of(run)],
        "questions": questions_of(run),
        "findings": findings_shown(run),
        "differences": {
            kind: _figures(run.differences[kind]) for kind in kind_of(run).counted if kind in run.differences
        },
        "days": _figures(dict(sorted(run.differences.get("days", {}).items()))),
        "stages": _stages(run.stages_after),
        "stages_before": _stages(run.stages_before),
        "control_totals": _figures(run.control_totals),
        "layout": run.layout_id,
        "book_hash": book_hash,
    }


def refusal_report(refusal: RunRefused, **known: Any) -> dict[str, Any]:
    """The same shape for what never became a run: no such source, no such file."""
    empty: dict[str, Any] = {
        "run": None,
        "state": "refused",
        "rows": {"read": 0, "accepted": 0, "rejected": 0, "skipped": 0},
        "problems": [refusal.as_problem().to_json()],
        "questions": [],
        "findings": [],
        "differences": {},
        "stages": {},
        "control_totals": {},
        "book_hash": "",
    }
    return {**empty, **known}


def problems_of(run: ImportRun) -> Iterable[Problem]:
    """All findings in the order they were made, and the reason when an asked-for step was not taken."""
    if run.refusal and run.state == "preview":
        yield RunRefused(run.refusal["code"], **run.refusal["params"]).as_problem()
    for row in ImportProblem.objects.filter(run=run).order_by("pk").iterator():
        yield Problem(row.sheet, row.row_number, row.column, row.value, row.code, row.severity, row.params)  # type: ignore[arg-type]


def questions_of(run: ImportRun) -> list[dict[str, Any]]:
    """The open questions with sentences and labels in the reader's language."""
    return [
        {
            **question,
            "message": render(question["code"], {"heading": question["heading"], **question.get("params", {})}),
            "options": [{**option, "label": option_label(option)} for option in question["options"]],
        }
        for question in run.questions
    ]


def option_label(option: dict[str, Any]) -> str:
    """What an option of a question is called: a heading as the file has it, an answer about the file, a field."""
    answer = ANSWERS.get(option["value"])
    return str(answer) if answer else option["text"] or Option(value=option["value"]).label


def findings_shown(run: ImportRun) -> list[dict[str, Any]]:
    """The guard rails that the run was outside of when it was compared or decided, each with its sentence."""
    return [{**finding, "message": render(finding["code"], finding["params"])} for finding in run.guard_findings]


def _stages(stored: dict[str, Any]) -> dict[str, Any]:
    # jsonb does not keep the order of its keys.
    return {name: _figures(stored[name]) for name in STAGE_NAMES if name in stored}


def _figures(stored: Any) -> Any:
    """Amounts, stored as text so that no float ever touches them, as Decimal again."""
    if isinstance(stored, dict):
        return {name: _figures(value) for name, value in stored.items()}
    if isinstance(stored, str) and re.fullmatch(r"-?\d+\.\d\d", stored):
        return Decimal(stored)
    return stored


def dumps(data: Any) -> str:
    """JSON in which a Decimal is a number written out exactly: 152817541.00, and not a float, nor a text."""
    mark = secrets.token_hex(8)

    def write(value: Any) -> str:
        if isinstance(value, Decimal):
            return f"{mark}{value}{mark}"
        raise TypeError(f"{type(value).__name__} has no place in this JSON")

    text = json.dumps(data, ensure_ascii=False, indent=2, default=write)
    return re.sub(rf'"{mark}(-?[0-9.]+){mark}"', r"\1", text)
