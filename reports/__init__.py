"""Reads everything and is imported by nobody: overview pages and KPIs (reports/kpis, one function a KPI).

Owns what figures mean since when (`KpiVersion`) and the figures that the book does not have (`KpiInput`: what fell due, what
collecting cost); both are only added to, never changed.
"""
