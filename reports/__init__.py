"""Reads everything and is imported by nobody: KPIs (`kpis/`, one function a KPI), the daily facts that answer them fast
(`facts/`), why they moved (`why/`), the dashboards by role with the rows behind each figure (`dashboards/`), regular reports
that are kept as they were made (`regular/`), patterns of overdue customers (`patterns/`), and what late facts made of a figure
that was published (`restating/`).

Owns what figures mean since when (`KpiVersion`) and the figures that the book does not have (`KpiInput`: what fell due, what
collecting cost), both only added to, never changed; daily facts, which can be made anew at any time; reports, which cannot.
Words: a *question* is a period with what it is told apart by, as it was known at a moment; a *relation* is what KPIs are
counted from; a *paper* is the document of a report.
"""
