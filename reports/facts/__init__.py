"""Daily facts: what dashboards read instead of the rows, kept up after every import and repayment file.

`making.py` turns rows into facts, day by day, from the relations of the KPIs; `keeping.py` finds which days are not true
any more (triggers write `DirtyDay`) and makes them anew, or all of them; `answers.py` has `figure`, which asks a KPI by the
facts where they can answer and are true, and by the rows where not. `storage.md` says how the tables are stored and why.
"""
