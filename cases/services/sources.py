"""Sources: the systems that send files."""

from datetime import time
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from cases.models import Source
from collection_ops.core.models import User
from collection_ops.core.services import audit

RAILS = (
    "max_absent_percent",
    "max_change_percent",
    "max_rejected_percent",
    "min_rows",
    "max_rows",
    "min_total",
    "max_total",
)
"""The guard rails: outside of any of them a supervisor lets a file in (cases/imports/guards.py)."""

EDITABLE = ("name", "is_active", "poll_from", "expected_by", "penalty_place", *RAILS)


def add_source(
    *,
    code: str,
    name: str,
    actor: User | None,
    poll_from: time | None = None,
    expected_by: time | None = None,
    penalty_place: str = Source.PenaltyPlace.AFTER_INTEREST,
    **rails: Any,
) -> Source:
    """A new source. The code is also the name of its inbox folder; `penalty_place` is where its contracts put
    the penalty; `rails` are columns of RAILS (rows, yuan, percent).

    Raises ValidationError (code taken, bad letters, limits in the wrong order).
    """
    _refuse_unknown(rails, RAILS)
    source = Source(
        code=code, name=name, poll_from=poll_from, expected_by=expected_by, penalty_place=penalty_place, **rails
    )
    with transaction.atomic():
        source.full_clean()
        source.save()
        audit.record(action="source.added", actor=actor, obj=source, data={"code": code})
    return source


def change_source(*, source: Source, actor: User | None, **changes: Any) -> Source:
    """Change guard rails, name or the place of the penalty; the code stays, files and folders are named by it."""
    _refuse_unknown(changes, EDITABLE)
    with transaction.atomic():
        source = Source.objects.select_for_update().get(pk=source.pk)
        before = {name: getattr(source, name) for name in changes}
        for name, value in changes.items():
            setattr(source, name, value)
        source.full_clean()
        source.save(update_fields=list(changes))
        audit.record(action="source.changed", actor=actor, obj=source, data={"before": before, "after": changes})
    return source


def _refuse_unknown(given: dict[str, Any], known: tuple[str, ...]) -> None:
    if unknown := set(given) - set(known):
        raise ValidationError(f"a source has no editable {', '.join(sorted(unknown))}")
