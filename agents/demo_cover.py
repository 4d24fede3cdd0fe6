"""The demo's absences: one that was covered and handed back, one that is covered now, and one that nobody covers yet."""

from contextlib import suppress
from datetime import date, time, timedelta
from decimal import Decimal
from random import Random

from agents.cover.arranging import Wish, arrange_cover
from agents.cover.changing import write_note
from agents.cover.keeping import keep_covers
from agents.cover.refusals import CoverRefused
from agents.models import Cover, CoverScope, CoverState, Leave, LeaveState
from cases.demo.play import Staff, staff_day
from collection_ops.core import clock
from collection_ops.core.models import User
from collection_ops.core.services.calendar import add_business_days
from compliance.demo_parts import at
from compliance.models import PaperKind
from compliance.selectors_staff import who_may_contact
from compliance.services.certificates import CertificateRefused, record_certificate, record_paper

ENDED_FROM, NOW_FROM = 7, 1
"""How many days before the end of the story each cover begins."""
ARRANGED_AT, KEPT_AT = time(9, 35), time(0, 3)


@staff_day
def cover_absences(*, day: date, days_left: int, staff: Staff, random: Random) -> None:
    """The second collector is sick for three days, and away for a week at the end; the first will be on leave."""
    if len(staff.collectors) < 2:
        return
    helper, owner = staff.collectors[0], staff.collectors[1]
    for last_day in Cover.objects.filter(state=CoverState.RUNNING, last_day__lt=day).values_list("last_day", flat=True):
        keep_covers(now=at(last_day + timedelta(days=1), KEPT_AT))
    if days_left == ENDED_FROM:
        _qualify([helper, owner], day, staff)
        leave = _leave(owner, "sick", day, add_business_days(day, 2), staff)
        _cover(leave, helper, CoverScope.ALL, staff)
    # A story that ended long ago leaves nothing lent.
    if days_left == NOW_FROM and day + timedelta(days=9) >= clock.business_date(clock.now()):
        leave = _leave(owner, "family", day, day + timedelta(days=9), staff)
        _cover(leave, helper, CoverScope.DUE, staff)
        _leave(helper, "annual", add_business_days(day, 9), add_business_days(day, 10), staff)


def _qualify(people: list[User], day: date, staff: Staff) -> None:
    """Nobody covers without a certificate and the papers: for those who have none yet."""
    may = who_may_contact([user.pk for user in people], day)
    for user in people:
        if may[user.pk]:
            continue
        now, passed_on = at(day, time(8, 0)), day - timedelta(days=120)
        with suppress(CertificateRefused):
            record_certificate(user=user, course="催收上岗培训", passed_on=passed_on, actor=staff.supervisor, now=now)
        for kind in PaperKind:
            with suppress(CertificateRefused):
                record_paper(user=user, kind=kind, received_on=passed_on, actor=staff.supervisor, now=now)


def _leave(user: User, kind: str, first: date, last: date, staff: Staff) -> Leave:
    asked = at(first, time(8, 40))
    return Leave.objects.create(
        user=user, kind=kind, first_day=first, last_day=last, state=LeaveState.APPROVED, asked_by=user, asked_at=asked,
        decided_by=staff.supervisor, decided_at=asked,
    )  # fmt: skip


def _cover(leave: Leave, helper: User, scope: str, staff: Staff) -> None:
    now = at(leave.first_day, ARRANGED_AT)
    wish = Wish(
        leave.user, (helper,), leave.first_day, leave.last_day, Decimal(50), scope=scope, leave=leave,
        reason=str(leave.get_kind_display()), handover_note="有承诺的客户请先跟进；回拨时间以催记为准。",
    )  # fmt: skip
    # In a small demo the absence stays uncovered where the other is away or full.
    with suppress(CoverRefused):
        for cover in arrange_cover(wish=wish, actor=staff.supervisor, now=now):
            write_note(cover=cover, text="到期的承诺都已联系，细节见催记。", actor=helper, now=now)
