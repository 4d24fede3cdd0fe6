"""Writing the audit trail. Called inside the transaction of the act: no act without its row, no row without its act."""

from collections.abc import Iterable
from typing import Any

from django.db import connection, models

from collection_ops.core.models import AuditEvent, User
from collection_ops.core.request_context import current_address, current_integration, current_request_id


def record(
    *,
    action: str,
    actor: User | None,
    obj: models.Model | None = None,
    data: dict[str, Any] | None = None,
    reason: str = "",
    outcome: str = "ok",
) -> AuditEvent:
    """Append one event. `action` is a stable dotted code, `data` holds figures, references and masks, never personal
    values. `actor` None is the system itself (schedule, intake), or the program whose request this is. Raises RuntimeError
    outside a transaction, because a row that commits apart from its act proves nothing.
    """
    if not connection.in_atomic_block:
        raise RuntimeError(f"audit {action!r} must be recorded inside the transaction of the act")
    return AuditEvent.objects.create(
        action=action,
        actor=actor if actor is not None and actor.pk else None,
        actor_name=str(actor) if actor is not None else current_integration(),
        object_type=obj._meta.label_lower if obj is not None else "",
        object_id=str(obj.pk) if obj is not None else "",
        data=data or {},
        reason=reason[:200],
        outcome=outcome,
        address=current_address(),
        request_id=current_request_id(),
    )


def record_each(
    *,
    action: str,
    actor: User | None,
    objects: Iterable[tuple[models.Model, dict[str, Any]]],
    reason: str = "",
) -> int:
    """Append one event for each of many objects with its data, as `record` would, in one statement."""
    if not connection.in_atomic_block:
        raise RuntimeError(f"audit {action!r} must be recorded inside the transaction of the act")
    events = [
        AuditEvent(
            action=action,
            actor=actor if actor is not None and actor.pk else None,
            actor_name=str(actor) if actor is not None else current_integration(),
            object_type=obj._meta.label_lower,
            object_id=str(obj.pk),
            data=data,
            reason=reason[:200],
            address=current_address(),
            request_id=current_request_id(),
        )
        for obj, data in objects
    ]
    return len(AuditEvent.objects.bulk_create(events, batch_size=1_000))
