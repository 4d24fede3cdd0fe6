from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VendorsConfig(AppConfig):
    name = "vendors"
    verbose_name = _("委外")

    def ready(self) -> None:
        # Each registers with the kernel what it holds: names of events, invariants, settings, job handlers, benchmarks.
        from vendors.accruals import accounts  # noqa: F401
        from vendors.accruals import audit_texts as _accruals  # noqa: F401
        from vendors.accruals import invariants as _accrued  # noqa: F401
        from vendors.accruals import jobs as _accrue  # noqa: F401
        from vendors.agencies import audit_texts as _agencies  # noqa: F401
        from vendors.agencies import invariants as _standing  # noqa: F401
        from vendors.agencies import limits  # noqa: F401
        from vendors.benchmarks import scorecard, settlement  # noqa: F401
        from vendors.bills import audit_texts as _bills  # noqa: F401
        from vendors.bills import invariants as _compared  # noqa: F401
        from vendors.bills import jobs as _comparing  # noqa: F401
        from vendors.contracts import approvals  # noqa: F401
        from vendors.contracts import audit_texts as _contracts  # noqa: F401
        from vendors.meetings import jobs as _meeting_jobs  # noqa: F401
        from vendors.meetings import texts as _meetings  # noqa: F401
        from vendors.placement import audit_texts as _placements  # noqa: F401
        from vendors.placement import batch_views, file_jobs, undo_guards  # noqa: F401
        from vendors.placement import invariants as _placed  # noqa: F401
        from vendors.placement import jobs as _placing  # noqa: F401
        from vendors.rectification import gather, texts  # noqa: F401
        from vendors.returns import audit_texts as _returns  # noqa: F401
        from vendors.returns import jobs as _returned  # noqa: F401
        from vendors.returns import limits as _remitting  # noqa: F401
        from vendors.returns import texts as _sentences  # noqa: F401
        from vendors.scorecard import approvals as _schemes  # noqa: F401
        from vendors.scorecard import audit_texts as _scorecards  # noqa: F401
        from vendors.scorecard import invariants as _added_up  # noqa: F401
        from vendors.scorecard import jobs as _scoring  # noqa: F401
        from vendors.scorecard import limits as _judging  # noqa: F401
        from vendors.scorecard import reference as _scheme  # noqa: F401
        from vendors.settlement import audit_texts as _settlements  # noqa: F401
        from vendors.settlement import files, jobs  # noqa: F401
