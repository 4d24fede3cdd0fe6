"""Questions answered from facts, where they can answer and are true; from the rows otherwise. The number is the same.

Facts answer whole months up to a day, as it is known now, by stage, product, source and either the desk (team, agency) or
the region. What cannot be added up (how many debtors paid) is not in them. While a day is marked (`DirtyDay`), what
stands on it is read from the rows.
"""

from datetime import timedelta

from agents.targets.gather import last_of
from cases.known import STALE_DAYS
from reports.facts.keeping import is_dirty
from reports.kpis.asked import Answer, Dim, Question
from reports.kpis.definitions import kpi
from reports.kpis.rows import ON_DESKS, closing_files
from reports.models import DirtyDay

What = DirtyDay.What

STAND_ON: dict[str, tuple[str, ...]] = {
    "recovery_rate": (What.BOOK, What.MONEY),
    "money_in": (What.MONEY,),
    "unmatched_money": (What.MONEY,),
    "stage_distribution": (What.BOOK,),
    "entered": (What.BOOK,),
    "roll_matrix": (What.BOOK, What.ENDS),
    "roll_forward_rate": (What.BOOK, What.ENDS),
    "left_rate": (What.BOOK, What.ENDS),
    # Of contacts a marked day is read from the rows beside the facts of the others.
    "connect_rate": (What.BOOK,),
    "rpc_per_dialled": (What.BOOK,),
    "rpc_per_answered": (What.BOOK,),
    "gate_refusal_rate": (What.BOOK,),
    "notes_in_time": (What.BOOK,),
    "complaint_rate": (What.CONTACT,),
}
"""KPIs that facts can answer, and the changes that make them untrue."""

_BY_ACTOR = frozenset({"connect_rate", "rpc_per_dialled", "rpc_per_answered", "gate_refusal_rate", "notes_in_time"})
"""Whose they are does not follow the custody of cases."""
_FOLLOWED = frozenset({"roll_matrix", "roll_forward_rate", "left_rate"})


def figure(name: str, question: Question) -> Answer:
    """The KPI `name`, by the fastest way that is true. Raises as `kpi` does."""
    return kpi(name, question.narrowed(facts=can_answer(name, question)))


def can_answer(name: str, question: Question) -> bool:
    """Whether the facts have this figure and nothing has changed under it. At most three queries."""
    if name not in STAND_ON or question.known_by is not None:
        return False
    if question.first.day != 1 or question.as_of > last_of(question.first):
        return False
    on_desks = bool(question.wanted & ON_DESKS)
    if on_desks and Dim.REGION in question.wanted:
        return False
    if name == "complaint_rate" and (question.wanted or question.source is not None):
        return False
    follows_custody = on_desks and name not in _BY_ACTOR
    whats = [*STAND_ON[name], What.LOAN, *([What.CUSTODY] if follows_custody else [])]
    oldest = question.first - timedelta(days=STALE_DAYS + 1)
    if is_dirty(whats=whats, source=question.source, first=oldest, last=question.as_of + timedelta(days=1)):
        return False
    return name not in _FOLLOWED or _is_newest(question)


def _is_newest(question: Question) -> bool:
    """Movement is kept up to the newest file of the month: of a day before it the rows must tell."""
    rest, end = question.as_of + timedelta(days=1), last_of(question.first)
    return rest > end or not closing_files(question.narrowed(first=rest, as_of=end))
