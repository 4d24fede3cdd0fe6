"""KPIs: one function is one KPI, its docstring the formula in business words.

Page, export, API and the `kpi` command all call the same function. A KPI reads facts (Position, Repayment, Custody), never
the cache on Case, and takes the days it speaks of and `known_by`: what was learned later does not change an old report.
"""

from reports.kpis.roll import roll_matrix, stage_distribution

__all__ = ["roll_matrix", "stage_distribution"]
