"""Where a file's day stands to the days that the book has, and what must be asked before it may go in.

A newer day needs no word. A second file for a day is a correction, an older day is history: both change what the book
says of days that people have worked with, so a person says that this is meant. `place_of` asks the database, the
questions are plain values like those about columns, and the answers are kept with them in `ImportRun.answers`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from cases.imports.guard_facts import applied_files
from cases.imports.refusals import RunRefused
from cases.models import ImportRun, RunKind, Standing

STANDING, NO_ROWS = "standing", "no_rows"
"""Keys of the questions about a file as a whole."""
ALL_ABSENT, GIVE_UP = "all_absent", "give_up"

ANSWERS: Mapping[str, Any] = {
    Standing.CORRECTION: _("更正：以本文件为准，取代当天先前的文件"),
    Standing.HISTORY: _("补录历史：只补这一天的头寸，现在的账簿不变"),
    ALL_ABSENT: _("是，当天没有逾期案件：在册案件全部记为缺席，待解释"),
    GIVE_UP: _("放弃这个文件"),
}
"""What the options of these questions are called."""


@dataclass(frozen=True)
class Place:
    """The standing that the run's day has now. `run` is the file that already speaks for this day, `newest` the last day
    of the book."""

    standing: Standing
    newest: date | None = None
    run: int | None = None

    def reason(self, as_of: date) -> RunRefused:
        """Why the file does not simply go in."""
        if self.standing == Standing.CORRECTION:
            return RunRefused("date_already_applied", as_of=as_of.isoformat(), run=self.run)
        return RunRefused(
            "older_than_book", as_of=as_of.isoformat(), book=self.newest.isoformat() if self.newest else ""
        )


def place_of(run: ImportRun) -> Place:
    """Compare the run's day with the days of its source that are in the book. Money has no order of days."""
    if run.kind != RunKind.OVERDUE:
        return Place(Standing.NEWEST)
    applied = applied_files(run)
    newest = applied.order_by("-as_of").values_list("as_of", flat=True).first()
    if newest is None or newest < run.as_of:
        return Place(Standing.NEWEST, newest)
    same_day = applied.filter(as_of=run.as_of).order_by("-applied_at", "-pk").values_list("pk", flat=True).first()
    return Place(Standing.CORRECTION if newest == run.as_of else Standing.HISTORY, newest, same_day)


def questions_about(run: ImportRun, place: Place, *, has_rows: bool) -> list[dict[str, Any]]:
    """What is still to be answered about the file as a whole, as `ImportRun.questions` keeps it. An answer that was
    given for another place (the book has moved since) does not count."""
    questions = []
    if place.standing != Standing.NEWEST and run.answers.get(STANDING) != place.standing:
        reason = place.reason(run.as_of)
        params = {**reason.params, "earlier": place.run}
        code = "ask_correction" if place.standing == Standing.CORRECTION else "ask_history"
        if code == "ask_history" and place.run is not None:
            code = "ask_history_again"
        questions.append(_question(code, STANDING, (place.standing, GIVE_UP), params))
    if not has_rows and run.answers.get(NO_ROWS) != ALL_ABSENT:
        questions.append(_question("ask_no_rows", NO_ROWS, (ALL_ABSENT, GIVE_UP), {"as_of": run.as_of.isoformat()}))
    return questions


def gives_up(answers: Mapping[str, str]) -> bool:
    return GIVE_UP in (answers.get(STANDING), answers.get(NO_ROWS))


def _question(code: str, key: str, options: tuple[str, ...], params: dict[str, Any]) -> dict[str, Any]:
    return {
        "code": code,
        "key": key,
        "column": "",
        "heading": "",
        "options": [{"value": str(value), "text": "", "samples": []} for value in options],
        "samples": [],
        "params": params,
    }
