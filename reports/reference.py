"""The definitions of the KPIs as rows: what shipped, so that a report of last year can say what its figures meant."""

from collection_ops.core import clock
from collection_ops.core.seeding import seeder
from reports.kpis import catalogue
from reports.services.kpi_versions import write_shipped


@seeder("reports.kpis")
def seed_kpis() -> str:
    """One version for each edition of a definition; what people decided stays in force."""
    now = clock.now()
    today = clock.business_date(now)
    written = [write_shipped(one, today=today, now=now) for one in catalogue().values()]
    return f"{sum(row is not None for row in written)} KPI versions added"
