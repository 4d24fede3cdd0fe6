from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VendorsConfig(AppConfig):
    name = "vendors"
    verbose_name = _("委外")

    def ready(self) -> None:
        # Each registers with the kernel what it holds: names of events, what waits for somebody.
        from vendors.contracts import approvals as contract_approvals  # noqa: F401
        from vendors.contracts import audit_texts as contract_audit_texts  # noqa: F401
