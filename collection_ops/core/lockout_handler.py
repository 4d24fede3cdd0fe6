"""Where django-axes counts wrong passwords: in the database, by its clock. A web process whose own is ahead would take a
lock for one of yesterday and give every guesser another round."""

from typing import Any

from axes.handlers.database import AxesDatabaseHandler

from collection_ops.core import clock


class LockoutHandler(AxesDatabaseHandler):
    def is_allowed(self, request: Any, credentials: dict[str, Any] | None = None) -> bool:
        """Asked first for every try; what follows goes by the moment set here."""
        request.axes_attempt_time = clock.database_now()
        return bool(super().is_allowed(request, credentials))
