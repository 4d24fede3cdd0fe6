"""Reads everything and is imported by nobody: overview pages and KPIs (reports/kpis, one function a KPI)."""
