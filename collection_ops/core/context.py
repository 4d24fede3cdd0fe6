"""What the shell of every page needs: one query, and only when a template asks."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from collection_ops.core import clock
from collection_ops.core.models import WorkerBeat
from collection_ops.core.navigation import Group, home_of, navigation_for, url_of

COUNTS = """
    SELECT (SELECT count(*) FROM core_notification WHERE user_id = %(user)s AND read_at IS NULL),
           (SELECT count(*) FROM core_job WHERE created_by_id = %(user)s AND state IN ('queued', 'running')),
           EXISTS (SELECT 1 FROM core_workerbeat WHERE seen_at > now() - make_interval(secs => %(stale)s))
"""


@dataclass
class Shell:
    """The frame round a signed-in person's page."""

    request: HttpRequest

    @cached_property
    def navigation(self) -> list[Group]:
        return navigation_for(self.request.user, self.request.path)

    @cached_property
    def home_url(self) -> str:
        return home_of(self.request.user) or "/"

    @cached_property
    def _counts(self) -> tuple[int, int, bool]:
        with connection.cursor() as cursor:
            cursor.execute(COUNTS, {"user": self.request.user.pk, "stale": WorkerBeat.STALE_SECONDS})
            unread, open_jobs, worker_lives = cursor.fetchone()
        return int(unread), int(open_jobs), bool(worker_lives)

    @property
    def unread(self) -> int:
        return self._counts[0]

    @property
    def open_jobs(self) -> int:
        return self._counts[1]

    @property
    def waiting(self) -> int:
        """The figure on the bell."""
        return self.unread + self.open_jobs

    @property
    def worker_lives(self) -> bool:
        return self._counts[2]

    @cached_property
    def today(self) -> date:
        return clock.business_date(clock.now())

    @cached_property
    def search_url(self) -> str:
        """Where the search box sends to; no box while no app offers the route."""
        return url_of("cases:search")


def shell(request: HttpRequest) -> dict[str, Any]:
    return {"SITE_NAME": settings.SITE_NAME, "shell": SimpleLazyObject(lambda: Shell(request))}
