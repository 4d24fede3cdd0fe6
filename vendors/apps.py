from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VendorsConfig(AppConfig):
    name = "vendors"
    verbose_name = _("委外")

    def ready(self) -> None:
        # Each registers what it holds: words of the trail, decisions that wait, what must always be true.
        from vendors.placement import audit_texts as placement_texts  # noqa: F401
        from vendors.placement import batch_views, invariants, undo_guards  # noqa: F401
