"""Telling what came of a call: the log's entry and the next step of its result, together or not at all."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from agents.workbench.next_steps import Told, steps_of
from collection_ops.core.models import User
from collection_ops.core.services import audit
from compliance.models import AttemptState, ContactAttempt
from compliance.services.call_details import CallDetails
from compliance.services.log import close_attempt, hold_attempt


@dataclass(frozen=True)
class Telling:
    """The closed contact, and what was done about its result, in sentences for the person."""

    attempt: ContactAttempt
    done: tuple[str, ...] = ()


def tell_call(
    *,
    attempt: ContactAttempt,
    details: CallDetails,
    actor: User,
    now: datetime,
    note: str = "",
    values: Mapping[str, Mapping[str, Any]] | None = None,
    ended_at: datetime | None = None,
) -> Telling:
    """`values`: what the forms of next steps asked, by step. Told a second time with the same code, nothing happens again.

    Raises LogRefused and StepRefused; then nothing of it was kept.
    """
    with transaction.atomic():
        was_open = hold_attempt(attempt).state == AttemptState.OPEN
        closed = close_attempt(attempt=attempt, actor=actor, now=now, note=note, details=details, ended_at=ended_at)
        if not was_open:
            return Telling(closed)
        done = []
        for one in steps_of(details.result_code, vars(details)):
            told = Told(closed, details, actor, now, (values or {}).get(one.name, {}))
            done.append(one.apply(told))
            audit.record(
                action="contact.next_step", actor=actor, obj=closed.case, data={"attempt": closed.pk, "step": one.name}
            )
    return Telling(closed, tuple(sentence for sentence in done if sentence))
