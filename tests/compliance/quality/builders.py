"""Talks to be checked, and people who check them."""

import datetime as dt
from typing import Any

from cases.models import Case
from collection_ops.core.access import Role
from collection_ops.core.models import User
from collection_ops.core.services.accounts import create_user
from compliance.models import ContactAttempt, ContactDetail, QualityCheck, SampleBatch, ScoreForm
from compliance.quality.batches import draw_batch, issue_batch
from compliance.quality.checking import Given
from compliance.quality.form import read_form
from compliance.quality.reference import seed_quality
from tests.cases.builders import desk_of, make_case
from tests.compliance.conftest import monday

SUNDAY = monday("23:00", day=8).date()
NEXT_WEEK = monday("10:00", day=9)
"""Monday after the week of the talks."""


def talked(
    case: Case,
    actor: User | None,
    at: dt.datetime,
    *,
    seconds: int = 120,
    detail: dict[str, Any] | None = None,
    **columns: Any,
) -> ContactAttempt:
    """A call that was told about in time, as the log has it."""
    ended = at + dt.timedelta(seconds=seconds)
    given: dict[str, Any] = {
        "channel": "call", "state": "closed", "result": "right_party", "late_minutes": 0, "note": "已说明欠款",
        "started_at": at, "ended_at": ended, "closed_at": ended + dt.timedelta(minutes=2), **columns,
    }  # fmt: skip
    attempt = ContactAttempt.objects.create(
        debtor_id=case.loan.debtor_id, case=case, actor=actor, opened_at=at, **given
    )
    ContactDetail.objects.create(
        attempt=attempt, **{"recording_ref": f"rec-{attempt.pk}", "reached": "debtor", **(detail or {})}
    )
    return attempt


def week_of_talks(actor: User, count: int = 1) -> list[ContactAttempt]:
    """Talks about one case of the person's desk, on Monday from nine on."""
    case = make_case(desk=desk_of(actor))
    moments = [monday("09:00") + dt.timedelta(minutes=5 * n) for n in range(count)]
    made = ContactAttempt.objects.bulk_create(
        ContactAttempt(
            debtor_id=case.loan.debtor_id, case=case, actor=actor, opened_at=at, started_at=at, channel="call",
            ended_at=at + dt.timedelta(minutes=2), closed_at=at + dt.timedelta(minutes=4), state="closed",
            result="right_party", late_minutes=0, note="已说明欠款",
        )
        for at in moments
    )  # fmt: skip
    ContactDetail.objects.bulk_create(
        ContactDetail(attempt=one, recording_ref=f"rec-{one.pk}", reached="debtor") for one in made
    )
    return made


def drawn(*, seed: str = "seed", issue: bool = True) -> SampleBatch:
    seed_quality()
    batch = draw_batch(first=monday("00:00").date(), last=SUNDAY, seed=seed, actor=None, now=NEXT_WEEK)
    return issue_batch(batch=batch, actor=None, now=NEXT_WEEK) if issue else batch


def one_check(actor: User) -> QualityCheck:
    """Of the only talk of the week."""
    week_of_talks(actor)
    return drawn().checks.get()


def checker(name: str) -> User:
    return create_user(username=name, display_name=f"质检{name}", password="x", roles=[Role.COMPLIANCE], actor=None)


def given(
    level: int | None = 2, *, comment: str = "", quotes: dict[str, str] | None = None, **levels: int | None
) -> Given:
    """The newest form filled in: every item the same, but for those that are named."""
    body = ScoreForm.objects.order_by("-version")[0].body
    answers: dict[str, int | None] = {item.code: level for item in read_form(body).items}
    return Given(answers=answers | levels, quotes=quotes or {}, comment=comment)
