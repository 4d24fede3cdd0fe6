"""Reads everything and is imported by nobody.

Rooms: `kpis/`, one function a KPI; `facts/`, daily sums that answer them fast; `why/`, a change taken apart; `dashboards/`,
pages by role with the rows behind each figure; `regular/`, reports that are kept as they were made; `patterns/` of overdue
customers; `restating/`, what late facts made of a figure that was published; `benchmarks/`.

Owns what figures mean since when (`KpiVersion`) and the figures that the book does not have (`KpiInput`: what fell due, what
collecting cost), both only added to, never changed; daily facts, which can be made anew at any time; reports, which cannot.
Words: a *question* is a period with what it is told apart by, as it was known at a moment; a *relation* is what KPIs are
counted from; a *paper* is the document of a report.
"""
