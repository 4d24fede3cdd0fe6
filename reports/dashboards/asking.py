"""Every KPI that a dashboard shows is asked here, once a page."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from agents.targets.gather import last_of
from reports.facts.answers import figure
from reports.kpis import Answer, NoBook, Question, catalogue
from reports.kpis.reading import one_reading


class Why(StrEnum):
    """Why there is no answer."""

    UNKNOWN = "unknown"
    """The catalogue has no such KPI."""
    NOT_SO = "not_so"
    """It cannot be told apart by what the reader narrowed to, or may see."""
    NO_BOOK = "no_book"
    """No file is old enough to start from."""


@dataclass(frozen=True)
class Told:
    """The answer, or why there is none."""

    answer: Answer | None
    why: Why | None = None


@dataclass
class Asker:
    """Asks each question once: a figure, its trend and its table share the answer. What all figures ask alike (files,
    versions, marks) is asked once, too."""

    _told: dict[tuple[object, ...], Told] = field(default_factory=dict)
    _kept: dict[Hashable, object] = field(default_factory=dict)

    def ask(self, name: str, question: Question) -> Told:
        key = (
            name, question.first, question.as_of, question.known_by, question.by, question.source,
            tuple(sorted(question.only.items())), question.desks,
        )  # fmt: skip
        if key not in self._told:
            with one_reading(self._kept):
                self._told[key] = self._ask(name, question)
        return self._told[key]

    def over(self, name: str, question: Question, periods: Iterable[tuple[date, date]]) -> list[Told]:
        """The same question of several periods."""
        return [self.ask(name, question.narrowed(first=first, as_of=last)) for first, last in periods]

    def _ask(self, name: str, question: Question) -> Told:
        definition = catalogue().get(name)
        if definition is None:
            return Told(None, Why.UNKNOWN)
        if not question.wanted <= set(definition.dims):
            return Told(None, Why.NOT_SO)
        try:
            return Told(figure(name, question))
        except NoBook:
            return Told(None, Why.NO_BOOK)
        except ValueError:
            return Told(None, Why.NOT_SO)


def months_to(last: date, number: int) -> list[tuple[date, date]]:
    """The `number` months that end with the one of `last`, which is cut off there; oldest first."""
    found = [(last.replace(day=1), last)]
    while len(found) < number:
        day = found[0][0] - timedelta(days=1)
        found.insert(0, (day.replace(day=1), last_of(day)))
    return found
