"""Rectifications at each stage, through the services; and what happens at an agency."""

import datetime as dt
from typing import Any

from django.utils import timezone

from cases.models import Case
from collection_ops.core import clock
from collection_ops.core.models import User
from compliance.models import BreachCase, ContactAttempt
from compliance.models.feed import ReportedContact
from tests.vendors.placement.cast import make_agency
from vendors.models import Agency, Rectification, Termination
from vendors.rectification import chasing, handling, raising, terminating

LONG_SINCE = dt.timedelta(days=40)
"""So long ago that ten working days are over, and the days after which placements stop."""


def today() -> dt.date:
    return clock.business_date(timezone.now())


def raised(agency: Agency, actor: User, *, ago: dt.timedelta = dt.timedelta(0), **given: Any) -> Rectification:
    told = {"ground": "hand_security", "demand": "停止外发，限期整改", "findings": ["名单存于个人电脑", "账号共用"]}
    return raising.raise_by_hand(agency=agency, actor=actor, now=timezone.now() - ago, **{**told, **given})


def answered(row: Rectification, actor: User | None, text: str = "已整改，附截图", **given: Any) -> Rectification:
    texts = {one.pk: text for one in row.findings.all()}
    return handling.answer(row=row, texts=texts, actor=actor, now=timezone.now(), **given)


def sent_back(row: Rectification, actor: User) -> Rectification:
    return handling.send_back(row=row, words="证据不足", actor=actor, now=timezone.now())


def stopped(agency: Agency, actor: User) -> Rectification:
    """Overdue for so long that the agency is given no cases."""
    row = raised(agency, actor, ago=LONG_SINCE)
    chasing.chase(now=timezone.now())
    row.refresh_from_db()
    return row


def proposed(agency: Agency, actor: User) -> Termination:
    row = stopped(agency, actor)
    return terminating.propose(row=row, reason="屡次逾期不改", actor=actor, now=timezone.now())


def breach(org: str, *, severity: int = 3, on: dt.date | None = None) -> BreachCase:
    day = on or today()
    return BreachCase.objects.create(
        source="agency", kind="B01.1", severity=severity, org=org, found_on=day, due_on=day,
        recorded_at=timezone.now() - dt.timedelta(minutes=1),
    )  # fmt: skip


def late_contact(case: Case, org: str, day: dt.date) -> ContactAttempt:
    """Made on `day`, told five days later."""
    at = timezone.make_aware(dt.datetime.combine(day, dt.time(10)))
    made = ContactAttempt.objects.create(
        debtor=case.loan.debtor, case=case, channel="call", org=org, state="closed", result="no_answer", opened_at=at,
        started_at=at, closed_at=at + dt.timedelta(days=5), recorded_at=at + dt.timedelta(days=5),
    )  # fmt: skip
    ReportedContact.objects.create(org=org, reference=f"r{made.pk}", digest="x" * 64, attempt=made)
    return made


__all__ = ["answered", "breach", "late_contact", "make_agency", "proposed", "raised", "sent_back", "stopped", "today"]
