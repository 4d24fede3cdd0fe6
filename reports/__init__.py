"""Reads everything and is imported by nobody: KPIs (reports/kpis, one function a KPI) and the dashboards by role, with the
rows behind each figure (reports/dashboards)."""
