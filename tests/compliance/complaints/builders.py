"""A complaint as far along as a test wants it, through the services."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from cases.models import Case, Debtor
from collection_ops.core.access import Role
from collection_ops.core.models import User
from collection_ops.core.services.accounts import create_user
from compliance.complaints.deciding import decide_complaint
from compliance.complaints.handling import assign, close, decide
from compliance.complaints.register import Accused, Said, Whose, receive
from compliance.models import About, Complaint, ComplaintOutcome

MONDAY = dt.datetime(2026, 3, 2, 10, 0, tzinfo=dt.timezone(dt.timedelta(hours=8)))


def officer() -> User:
    """Who handles and decides; the same one every time."""
    return User.objects.filter(username="complaints.officer").first() or create_user(
        username="complaints.officer", display_name="沈督察", password="x", roles=[Role.COMPLIANCE], actor=None
    )


def a_complaint(
    *,
    debtor: Debtor | None,
    about: User | str | Sequence[User | str] = (),
    upheld: bool | None = None,
    outcome: str = "",
    received_at: dt.datetime | None = None,
    decided_at: dt.datetime | None = None,
    closed: bool = True,
    **said: Any,
) -> Complaint:
    """About people and agencies (by code). `upheld`: True and False decide it and close it (unless not `closed`) at
    `decided_at`, by default an hour after it was received; None leaves it with nobody. `outcome`: another than those two.
    """
    at = received_at or timezone.now() - dt.timedelta(hours=2)
    named = [about] if isinstance(about, User | str) else list(about)
    accused = [
        Accused(About.COLLECTOR, user=one) if isinstance(one, User) else Accused(About.AGENCY, org=one) for one in named
    ]
    told = {"source": "hotline", "type": "threat", "narrative": "说话难听", **said}
    one = receive(
        said=Said(received_at=at, **told), whose=Whose(debtor), accused=accused, actor=officer(), now=at, tell=False
    )
    found = ComplaintOutcome(outcome) if outcome else _outcome(upheld)
    if found is not None:
        when = decided_at or at + dt.timedelta(hours=1)
        settle(one, found, at=when, closed=closed)
        one.refresh_from_db()
    return one


def settle(
    one: Complaint,
    outcome: str,
    *,
    at: dt.datetime,
    closed: bool = True,
    responsible: Sequence[User | str] | None = None,
) -> None:
    """Decide it, and close it unless not `closed`. `responsible`: of those named, all unless given."""
    actor, is_true = officer(), outcome in ("upheld", "partly")
    if one.handler_id is None:
        assign(complaint=one, handler=actor, actor=actor, now=at)
    blame = {
        subject.pk: is_true and (responsible is None or (subject.user or subject.org) in responsible)
        for subject in one.subjects.select_related("user")
    }
    decide(
        complaint=one, outcome=outcome, finding="已听录音", remedy="致歉" if is_true else "", responsible=blame,
        actor=actor, now=at,
    )  # fmt: skip
    if closed:
        close(complaint=one, answered="已电话答复", actor=actor, now=at)


def _outcome(upheld: bool | None) -> ComplaintOutcome | None:
    return None if upheld is None else ComplaintOutcome.UPHELD if upheld else ComplaintOutcome.NOT_UPHELD


def days(count: int, hour: int = 10) -> dt.datetime:
    return MONDAY.replace(hour=hour) + dt.timedelta(days=count)


def complained(
    case: Case | None, *accused: Accused, now: dt.datetime = MONDAY, actor: User | None = None, **said: object
) -> Complaint:
    given: dict[str, object] = {
        "source": "hotline", "type": "threat", "narrative": "催收员在电话里骂人\n还打给我母亲", "received_at": now,
        **said,
    }  # fmt: skip
    whose = Whose() if case is None else Whose(debtor=case.loan.debtor, case=case, loans=[case.loan])
    return receive(said=Said(**given), whose=whose, accused=accused, actor=actor, now=now)  # type: ignore[arg-type]


def handled(complaint: Complaint, handler: User, *, by: User, now: dt.datetime = MONDAY) -> Complaint:
    return assign(complaint=complaint, handler=handler, actor=by, now=now)


def decided(
    complaint: Complaint, officer: User, *, outcome: str = "upheld", now: dt.datetime = MONDAY, blame: bool = True
) -> Complaint:
    complaint.refresh_from_db()
    return decide_complaint(
        complaint=complaint, outcome=outcome, finding="录音中确有不当用语", remedy="书面致歉", actor=officer, now=now,
        responsible={one.pk: blame for one in complaint.subjects.all()}, seen=complaint.decided_at,
    )[0]  # fmt: skip
