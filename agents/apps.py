from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AgentsConfig(AppConfig):
    name = "agents"
    verbose_name = _("人员与分案")

    def ready(self) -> None:
        # Each registers what it holds: the parts beside a case, the sources of the queue, sentences, the benchmark.
        from agents import audit_texts, notification_texts  # noqa: F401
        from agents.assignment import board_views  # noqa: F401
        from agents.assignment import invariants as assignment_invariants  # noqa: F401
        from agents.assignment import jobs as assignment_jobs  # noqa: F401
        from agents.benchmarks import assignment as assignment_benchmark  # noqa: F401
        from agents.benchmarks import workbench as workbench_benchmark  # noqa: F401
        from agents.cover import invariants as cover_invariants  # noqa: F401
        from agents.cover import texts as cover_texts  # noqa: F401
        from agents.moves import assist_views, jobs, undo_guards  # noqa: F401
        from agents.people import (  # noqa: F401
            complaints_tab,
            day_tab,
            invariants,
            leave_views,
            list_views,
        )
        from agents.reviews import approvals as review_approvals  # noqa: F401
        from agents.reviews import person_tabs as review_tabs  # noqa: F401
        from agents.reviews import texts as review_texts  # noqa: F401
        from agents.targets import invariants as target_invariants  # noqa: F401
        from agents.targets import person_views as target_tab  # noqa: F401
        from agents.workbench import own_parts  # noqa: F401
        from agents.workbench.queue import callbacks, promises  # noqa: F401
