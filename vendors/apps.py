from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VendorsConfig(AppConfig):
    name = "vendors"
    verbose_name = _("委外")

    def ready(self) -> None:
        from vendors.agencies import audit_texts, invariants, limits  # noqa: F401  (register what they declare)
