"""KPIs: one function is one KPI, registered under its definition; page, export, API and the `kpi` command all call
`kpi(name, Question)`.

A KPI reads facts as they were known (cases/known.py), never the cache on Case. It has three steps: gather (`rows.py`: one
statement for all lines and their total), decide (figures into lines), answer (`asked.py`). What it means stands in its
`Definition` and, with the numbers that people decided, in `KpiVersion`.
"""

# isort: off
# Each registers its KPIs, in the order in which pages list them.
from reports.kpis import (
    recovery,  # noqa: F401
    moving,  # noqa: F401
    ending,  # noqa: F401
    vintage,  # noqa: F401
    entry,  # noqa: F401
    cost,  # noqa: F401
    contact,  # noqa: F401
    own_numbers,  # noqa: F401
    gate,  # noqa: F401
    promising,  # noqa: F401
    conduct,  # noqa: F401
)

# isort: on
from reports.kpis.asked import Answer, Dim, Line, NoBook, Question
from reports.kpis.definitions import catalogue, definition_of, in_force, kpi, shown

__all__ = [
    "Answer",
    "Dim",
    "Line",
    "NoBook",
    "Question",
    "catalogue",
    "definition_of",
    "in_force",
    "kpi",
    "shown",
]
