"""Complaints for tests, through the services."""

import datetime as dt

from cases.models import Case
from collection_ops.core.models import User
from compliance.complaints.deciding import decide_complaint
from compliance.complaints.handling import assign
from compliance.complaints.register import Accused, Said, Whose, receive
from compliance.models import Complaint

MONDAY = dt.datetime(2026, 3, 2, 10, 0, tzinfo=dt.timezone(dt.timedelta(hours=8)))


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
