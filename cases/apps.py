from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CasesConfig(AppConfig):
    name = "cases"
    verbose_name = _("案件")

    def ready(self) -> None:
        # Each registers what it holds with the kernel: job handlers, invariants, sentences, benchmarks,
        # decisions that wait, settings; and with this app's own registries: entries of the timeline, guards of an undo.
        from cases import (  # noqa: F401
            approvals,
            audit_texts,
            credit,
            invariants,
            invariants_agreements,
            jobs,
            jobs_agreements,
            jobs_export,
            jobs_imports,
            jobs_plans,
            notification_texts,
            reference,
            timeline_agreements,
            timeline_care,
            undo_guards,
        )
        from cases.benchmarks import imports  # noqa: F401
        from cases.plans import deciding, follow, timeline, undo_guard  # noqa: F401
        from cases.services import promise_money  # noqa: F401
