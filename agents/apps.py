from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AgentsConfig(AppConfig):
    name = "agents"
    verbose_name = _("人员与分案")

    def ready(self) -> None:
        from agents import notification_texts  # noqa: F401
