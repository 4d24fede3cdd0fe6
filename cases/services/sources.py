"""Sources: the systems that send files."""

from datetime import time
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from cases.models import Source
from collection_ops.core.models import User
from collection_ops.core.services import audit

EDITABLE = ("name", "is_active", "poll_from", "expected_by", "max_absent_percent")


def add_source(
    *,
    code: str,
    name: str,
    actor: User | None,
    poll_from: time | None = None,
    expected_by: time | None = None,
    max_absent_percent: Decimal = Decimal(20),
) -> Source:
    """A new source. The code is also the name of its inbox folder. Raises ValidationError (code taken, bad letters)."""
    source = Source(
        code=code,
        name=name,
        poll_from=poll_from,
        expected_by=expected_by,
        max_absent_percent=max_absent_percent,
    )
    with transaction.atomic():
        source.full_clean()
        source.save()
        audit.record(action="source.added", actor=actor, obj=source, data={"code": code})
    return source


def change_source(*, source: Source, actor: User | None, **changes: Any) -> Source:
    """Change guard rails or name; the code stays, files and folders are named by it."""
    unknown = set(changes) - set(EDITABLE)
    if unknown:
        raise ValidationError(f"a source has no editable {', '.join(sorted(unknown))}")
    with transaction.atomic():
        source = Source.objects.select_for_update().get(pk=source.pk)
        before = {name: getattr(source, name) for name in changes}
        for name, value in changes.items():
            setattr(source, name, value)
        source.full_clean()
        source.save(update_fields=list(changes))
        audit.record(action="source.changed", actor=actor, obj=source, data={"before": before, "after": changes})
    return source
