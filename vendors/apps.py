from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VendorsConfig(AppConfig):
    name = "vendors"
    verbose_name = _("委外")

    def ready(self) -> None:
        # Each registers with the kernel what it holds: names of events, job handlers.
        from vendors.benchmarks import settlement  # noqa: F401
        from vendors.settlement import audit_texts, jobs  # noqa: F401
