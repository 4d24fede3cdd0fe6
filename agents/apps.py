from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AgentsConfig(AppConfig):
    name = "agents"
    verbose_name = _("人员与分案")

    def ready(self) -> None:
        # Each registers what it holds with the desk: the parts beside a case.
        from agents.workbench import own_parts  # noqa: F401
