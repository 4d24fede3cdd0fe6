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
        from compliance.benchmarks import wording as wording_benchmark  # noqa: F401
        from compliance.breaching import from_disclosure  # noqa: F401  (follows confirmed alerts)
        from compliance.breaching import on_desk as breaches_on_desk  # noqa: F401
        from compliance.breaching import texts as breach_texts  # noqa: F401
        from compliance.breaching import timeline as breach_timeline  # noqa: F401
        from compliance.complaints import followup_views, one_texts  # noqa: F401
        from compliance.complaints import invariants as complaint_invariants  # noqa: F401
        from compliance.complaints import record as complaint_record  # noqa: F401
        from compliance.complaints import texts as complaint_texts  # noqa: F401
        from compliance.complaints import waiting as complaint_waiting  # noqa: F401
        from compliance.complaints.ledger import kind as complaint_ledger  # noqa: F401
        from compliance.desk import own as desk_parts  # noqa: F401
        from compliance.disclosure import on_desk as disclosure_on_desk  # noqa: F401
        from compliance.disclosure import texts as disclosure_texts  # noqa: F401
        from compliance.disclosure import views as disclosure_views  # noqa: F401
        from compliance.incidents import kept as incidents_kept  # noqa: F401  (spares records from removal)
        from compliance.incidents import on_desk as incidents_on_desk  # noqa: F401
        from compliance.incidents import texts as incident_texts  # noqa: F401
        from compliance.incidents import timeline as incident_timeline  # noqa: F401
        from compliance.keeping import invariants as keeping_invariants  # noqa: F401
        from compliance.keeping import on_desk as keeping_on_desk  # noqa: F401
        from compliance.keeping import request_views, retention_views, runs  # noqa: F401
        from compliance.keeping import texts as keeping_texts  # noqa: F401
        from compliance.quality import on_desk as quality_desk  # noqa: F401
        from compliance.quality import reference as quality_reference  # noqa: F401
        from compliance.quality import texts as quality_texts  # noqa: F401
        from compliance.quality import waiting as quality_waiting  # noqa: F401
        from compliance.routing import departments as departments_room  # noqa: F401  (seeds them)
        from compliance.routing import record_parts as referral_parts  # noqa: F401
        from compliance.routing import texts as referral_texts  # noqa: F401
        from compliance.suggestions import texts as suggestion_texts  # noqa: F401
        from compliance.suggestions import waiting as suggestions_waiting  # noqa: F401
        from compliance.wordcheck import jobs as wording_jobs  # noqa: F401
        from compliance.wordcheck import words as wording_words  # noqa: F401
