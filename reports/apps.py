from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = _("报表")

    def ready(self) -> None:
        # Each registers with the kernel what it holds: names of events, job handlers, invariants, reference data.
        from reports import audit_texts, invariants, jobs_facts, notification_texts, reference  # noqa: F401
        from reports.benchmarks import kpi  # noqa: F401
        from reports.regular import jobs  # noqa: F401
        from reports.restating import jobs as restating_jobs  # noqa: F401
