from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ComplianceConfig(AppConfig):
    name = "compliance"
    verbose_name = _("合规")

    def ready(self) -> None:
        # Each registers what it holds with the apps below: sentences, entries of the timeline, guards of an undo, decisions.
        from compliance import approvals, audit_texts, invariants, reference, timeline, undo_guards  # noqa: F401
