"""Reads of the undo pages: what taking a run back would touch, and the cases on which later facts stand."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cases.imports.undoing import undo
from cases.keyset import Page, SortKey, keyset_page
from cases.models import Case, ImportRun

PAGE_SIZE = 50
BY_ID = SortKey(name="id", field="pk", kind="integer")

KINDS = {
    "rows": _("文件行"),
    "positions": _("逐日头寸"),
    "cases": _("新入催案件"),
    "absences": _("缺席记录"),
    "cases_reopened": _("由它结案的案件（重新打开）"),
    "persons": _("客户姓名或证件的改动"),
    "contracts": _("合同资料的改动"),
    "contact_points": _("新联系方式"),
    "payments": _("还款入账"),
    "complaints": _("投诉"),
    "holds": _("因投诉的停催（解除）"),
}


@dataclass(frozen=True)
class Reason:
    """One kind of later fact, in words, with the files that did it (newest first)."""

    code: str
    sentence: str
    count: int
    runs: tuple[int, ...]


@dataclass(frozen=True)
class BlockedCase:
    """A case that stays, with the reasons in words: (sentence, run id or None)."""

    case: Case
    reasons: list[tuple[str, int | None]]


def reasons(blockers: list[undo.Blocker]) -> list[Reason]:
    return [Reason(b.code, undo.sentence(b.code, b.count), b.count, b.runs) for b in blockers]


def kinds_taken_back(found: undo.Survey) -> list[tuple[Any, int]]:
    """What would be taken back, by kind; what there is none of is left out."""
    return [(label, found.free[kind]) for kind, label in KINDS.items() if found.free.get(kind)]


def blocked_page(*, run: ImportRun, code: str, after: str, before: str) -> tuple[Page, list[BlockedCase], list[Reason]]:
    """One page of the cases that cannot be taken back, and all reasons with their counts."""
    with transaction.atomic():
        page = keyset_page(
            undo.blocked_cases(run=run, code=code),
            key=BY_ID,
            descending=False,
            size=PAGE_SIZE,
            after=after,
            before=before,
        )
        why = undo.reasons_of(case_ids=[case.pk for case in page.rows])
        counted = reasons(undo.blocker_counts())
    rows = [
        BlockedCase(case, [(undo.sentence_of_one(b.code), b.run_id) for b in why.get(case.pk, [])])
        for case in page.rows
    ]
    return page, rows, counted
