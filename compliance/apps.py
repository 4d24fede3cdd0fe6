from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ComplianceConfig(AppConfig):
    name = "compliance"
    verbose_name = _("合规")

    def ready(self) -> None:
        # Each registers what it holds with the apps below: sentences, entries of the timeline, parts of the handover card,
        # guards of an undo, decisions.
        from compliance import (  # noqa: F401
            approvals,
            audit_texts,
            handover,
            invariants,
            reference,
            timeline,
            undo_guards,
        )
        from compliance.benchmarks import complaints as complaints_benchmark  # noqa: F401
        from compliance.complaints import texts as complaint_texts  # noqa: F401
        from compliance.complaints.ledger import kind as complaint_ledger  # noqa: F401
