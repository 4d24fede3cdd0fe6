"""The kinds of files that go through the importer's rooms, and what each brings along.

`preview` and `run` lead any file through the same steps and know no kind by name; they ask here. A new kind is one more
entry: a catalogue with its rules, the words above its columns, and four doors to the database rooms. An app above whose
facts a file tells registers its kind when it starts (`register_kind`).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from cases.imports.booking import apply as apply_overdue
from cases.imports.booking import apply_history
from cases.imports.booking.apply_repayments import survey_repayments, take_back_repayments, write_repayments
from cases.imports.judging.overdue import OVERDUE
from cases.imports.judging.repayments import REPAYMENTS
from cases.imports.layout.layouts import Understanding, recognise
from cases.imports.layout.synonyms import SynonymTable
from cases.imports.layout.synonyms_layered import REPAYMENT_SYNONYMS, layered
from cases.imports.matching import match as match_overdue
from cases.imports.matching import match_history, match_people, match_repayments
from cases.imports.reading.read import WorkbookData
from cases.imports.staging.staging import OVERDUE_FORM, RowForm
from cases.imports.undoing import undo
from cases.imports.words.fields import Catalogue
from cases.models import ImportRun, RunKind, Standing
from cases.services.absence_rules import explain_by_money
from collection_ops.core.models import User


@dataclass(frozen=True)
class Kind:
    """What one kind of file means to the steps of a run.

    `one_a_day`: a file is the whole book of one day, so that days have an order and none comes twice. `money` names the
    amount that its control total is about, if it has any. `counted` are the keys of `ImportRun.differences`. `form` says
    how its rows are kept. `match` runs in the transaction of the preview,
    `write`, `survey` and `take_back` in the one that holds the locks of `services.book`; `survey` alone anywhere.
    """

    name: RunKind
    catalogue: Catalogue
    one_a_day: bool
    money: str
    counted: tuple[str, ...]
    synonyms: Callable[[Iterable[tuple[str, str]]], SynonymTable]
    judged_on: Callable[[ImportRun, date], date]
    form: RowForm
    match: Callable[..., dict[str, Any]]
    write: Callable[..., dict[str, int]]
    survey: Callable[..., undo.Survey]
    take_back: Callable[..., dict[str, int]]

    def understand(
        self, workbook: WorkbookData, *, learnt: Iterable[tuple[str, str]], saved: Mapping[str, Mapping[str, str]]
    ) -> Understanding:
        return recognise(workbook, catalogue=self.catalogue, synonyms=self.synonyms(learnt), saved=saved)


def kind_of(run: ImportRun) -> Kind:
    """The run's kind; a file that nobody has looked at yet is taken for a book of the day."""
    return KINDS[RunKind(run.kind)] if run.kind else KINDS[RunKind.OVERDUE]


def recognised_kind(
    workbook: WorkbookData, *, learnt: Iterable[tuple[str, str]], saved: Mapping[str, Mapping[str, str]]
) -> Kind:
    """The kind whose words the headings fit best: first those that bring what the kind needs, then by columns known. In
    doubt the first of KINDS."""
    pairs = list(learnt)

    def fit(kind: Kind) -> tuple[bool, int]:
        understanding = kind.understand(workbook, learnt=pairs, saved=saved)
        known = sum(1 for column in understanding.columns if column.field in kind.catalogue.fields)
        return (understanding.refusal is None, known)

    return max(KINDS.values(), key=fit)


def _match_overdue(*, run: ImportRun, incoming: bool) -> dict[str, Any]:
    found = match_overdue.match(run=run, incoming=incoming)
    if run.standing == Standing.HISTORY:
        found = match_history.place(run=run)
    return {
        "differences": {**found.differences, **match_people.mark(run=run, incoming=incoming)},
        "stages_before": found.before,
        "stages_after": found.after,
    }


def _write_overdue(*, run: ImportRun, actor: User | None, now: datetime) -> dict[str, int]:
    """Contracts that the file brings may be what money has been waiting for, and cases that it lacks may be paid."""
    write = apply_history.write_history if run.standing == Standing.HISTORY else apply_overdue.write_book
    written = write(run=run, actor=actor, now=now)
    matched = match_repayments.match_waiting(run=run, now=now)
    return {**written, "repayments_matched": matched, "absences_by_money": _explain(run, actor, now)}


def _write_repayments(*, run: ImportRun, actor: User | None, now: datetime) -> dict[str, int]:
    written = write_repayments(run=run, actor=actor, now=now)
    return {**written, "absences_by_money": _explain(run, actor, now)}


def _explain(run: ImportRun, actor: User | None, now: datetime) -> int:
    return explain_by_money(source=run.source, run=run, now=now, actor=actor)


def _take_back_overdue(*, run: ImportRun, now: datetime) -> dict[str, int]:
    released = match_repayments.release_matched(run=run)
    return {"repayments_released": released, **undo.take_back(run=run, now=now)}


KINDS: dict[RunKind, Kind] = {
    RunKind.OVERDUE: Kind(
        name=RunKind.OVERDUE,
        catalogue=OVERDUE,
        one_a_day=True,
        money="total",
        counted=(*match_overdue.COUNTED, match_history.PLACED, *match_people.COUNTED),
        synonyms=lambda learnt: SynonymTable.load(extra=learnt),
        judged_on=lambda run, _today: run.as_of,
        form=OVERDUE_FORM,
        match=_match_overdue,
        write=_write_overdue,
        survey=undo.survey,
        take_back=_take_back_overdue,
    ),
    RunKind.REPAYMENTS: Kind(
        name=RunKind.REPAYMENTS,
        catalogue=REPAYMENTS,
        one_a_day=False,
        money="paid_amount",
        counted=match_repayments.COUNTED,
        synonyms=lambda learnt: layered(REPAYMENT_SYNONYMS, catalogue=REPAYMENTS, extra=learnt),
        judged_on=match_repayments.judged_on,
        form=match_repayments.FORM,
        match=match_repayments.match,
        write=_write_repayments,
        survey=survey_repayments,
        take_back=lambda run, now: take_back_repayments(run=run, now=now),
    ),
}


def register_kind(kind: Kind) -> Kind:
    """Takes a kind of an app above. Asked after those before it: where headings fit two kinds alike, the first is meant."""
    if KINDS.setdefault(kind.name, kind) is not kind:
        raise LookupError(f"two kinds of files {kind.name!r}")
    return kind


def loose_kinds() -> list[RunKind]:
    """Those of single events, which no other file has to wait for."""
    return [kind.name for kind in KINDS.values() if not kind.one_a_day]
