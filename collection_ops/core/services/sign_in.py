"""Our own log of sign-ins. Django signs people in; these functions say so in the audit trail."""

from django.db import transaction

from collection_ops.core.models import User
from collection_ops.core.services import audit


def log_signed_in(*, user: User) -> None:
    with transaction.atomic():
        audit.record(action="login.ok", actor=user, obj=user)


def log_refused(*, typed_name: str, is_locked: bool) -> None:
    """A sign-in that failed. A known name is logged as that account; an unknown one is not written down, because people
    type passwords and ID numbers into the wrong field."""
    known = User.objects.filter(username__iexact=typed_name.strip()).first() if typed_name.strip() else None
    with transaction.atomic():
        audit.record(
            action="login.refused",
            actor=None,
            obj=known,
            data={"known": known is not None, "locked": is_locked},
            outcome="refused",
        )


def log_signed_out(*, user: User) -> None:
    with transaction.atomic():
        audit.record(action="logout", actor=user, obj=user)
