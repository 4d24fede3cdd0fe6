from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    name = "collection_ops.core"
    label = "core"
    verbose_name = _("系统")

    def ready(self) -> None:
        from collection_ops.core import checks, job_kinds, reference  # noqa: F401  (they register themselves)
