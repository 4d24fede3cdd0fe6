"""Sessions in the database, judged by its clock: a web process whose own is wrong keeps none alive and ends none early."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.backends import db
from django.core.exceptions import SuspiciousOperation
from django.db.models.functions import Now


class SessionStore(db.SessionStore):
    """Django's, with the database's `now()` where Django asks its own process. The same number of queries."""

    read_at: datetime | None = None
    """When the session was read; the middleware judges its age by it."""

    def _get_session_from_db(self) -> Any:
        try:
            found = self.model.objects.annotate(read_at=Now()).get(session_key=self.session_key, expire_date__gt=Now())
        except (self.model.DoesNotExist, SuspiciousOperation):
            self._session_key = None
            return None
        self.read_at = found.read_at
        return found

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        session = super().create_model_instance(data)
        session.expire_date = Now() + timedelta(seconds=self.get_expiry_age())
        return session
