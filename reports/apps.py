from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = _("报表")

    def ready(self) -> None:
        from reports import audit_texts  # noqa: F401  (registers the names of audit events)
        from reports.regular import jobs  # noqa: F401  (registers the kinds of jobs)
