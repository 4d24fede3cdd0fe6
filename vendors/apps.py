from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VendorsConfig(AppConfig):
    name = "vendors"
    verbose_name = _("委外")

    def ready(self) -> None:
        # Each registers with the kernel what it holds: names of events, invariants, settings, job handlers, benchmarks.
        from vendors.agencies import audit_texts as _agencies  # noqa: F401
        from vendors.agencies import invariants, limits  # noqa: F401
        from vendors.benchmarks import settlement  # noqa: F401
        from vendors.settlement import audit_texts as _settlements  # noqa: F401
        from vendors.settlement import jobs  # noqa: F401
