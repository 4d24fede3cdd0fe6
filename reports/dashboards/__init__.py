"""Dashboards: what each role looks at first. A figure is named once (KPI and question); page, table and export read the
same answer.

`asked.py` reads the filters of the address, `asking.py` asks the KPIs (one place for all of a page), `figures.py` and
`tables.py` are what templates show, `supervisor.py`, `manager.py`, `intake.py` and `mine.py` compose the pages, `rows/`
lists what stands behind a figure.
"""
