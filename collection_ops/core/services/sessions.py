"""Ending the sessions of a person at once: account disabled, password or second factor reset."""

from datetime import datetime

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session

from collection_ops.core.models import User


def end_sessions(*, user: User, now: datetime, except_key: str | None = None) -> int:
    """Delete every live session of `user` but the one named; returns how many.

    Sessions carry their person inside their data, so all live ones are opened: some thousand a day at most, and this is
    a rare act.
    """
    ended = 0
    for session in Session.objects.filter(expire_date__gt=now).iterator():
        if session.session_key != except_key and session.get_decoded().get(SESSION_KEY) == str(user.pk):
            session.delete()
            ended += 1
    return ended
