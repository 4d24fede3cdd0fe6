"""The demo's promises and waivers of the last days.

Promises kept by the story's own payments, broken, or due on its last day; one waiver approved, and two that wait, one for
a supervisor, one for a manager.
"""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random

from django.db.models import Q, QuerySet
from django.utils import timezone

from cases.demo.play import Staff, staff_day
from cases.models import Case, PromiseChannel, Repayment, Waiver
from cases.services.promises import make_promise, promise_terms, settle_promises
from cases.services.waiver_limits import Parts
from cases.services.waivers import apply_for_waiver, decide_waiver
from collection_ops.core.models import User
from collection_ops.core.services.calendar import is_business_day

DAYS = 8
PROMISED_AT, APPLIED_AT = time(15, 20), time(16, 10)
CHANNELS = list(PromiseChannel.values)
VALID_DAYS = 21


@staff_day
def agree(*, day: date, days_left: int, staff: Staff, random: Random) -> None:
    """What last night settled; then each collector's promises, and the waivers of the last two days."""
    if days_left > DAYS:
        return
    settle_promises(day=day)
    for collector in staff.collectors:
        _told_before_it_was_paid(day, collector, random)
        _promise_for_later(day, days_left, collector, random)
    if days_left == 2:
        case = _first_owing(staff.collectors[0], Q(penalty__gt=50))
        if case is not None:
            waiver = _apply(case, staff.collectors[0], day, penalty=_half(case.penalty))
            decide_waiver(waiver=waiver, approve=True, actor=staff.supervisor, now=_at(day, time(17, 0)))
    if days_left == 1:
        small = _first_owing(staff.collectors[0], Q(penalty__gt=20))
        if small is not None:
            _apply(small, staff.collectors[0], day, penalty=_half(small.penalty))
        large = _first_owing(staff.collectors[-1], Q(interest__gt=20))
        if large is not None:
            _apply(large, staff.collectors[-1], day, interest=_half(large.interest))


def _told_before_it_was_paid(day: date, collector: User, random: Random) -> None:
    """Half of today's payers on the desk had promised it the day before: exactly, or somewhat more than they paid."""
    paid = Repayment.objects.filter(recorded_at__date=day, loan__cases__in=_of(collector)).order_by("reference")
    for payment in paid:
        if random.random() < 0.5:
            continue
        made = _at(payment.paid_on - timedelta(days=1), PROMISED_AT)
        case = (
            _of(collector)
            .filter(loan=payment.loan_id, custodies__ended_at=None, custodies__started_at__lt=made)
            .first()
        )
        if case is None or case.promises.exists():
            continue
        terms = promise_terms(case, made)
        amount = min(payment.amount + random.choice((0, 0, 200)), terms.most)
        if terms.least <= amount:
            make_promise(
                case=case, amount=amount, due_on=payment.paid_on, channel=random.choice(CHANNELS), actor=collector, now=made
            )  # fmt: skip


def _promise_for_later(day: date, days_left: int, collector: User, random: Random) -> None:
    """Two a day, most of which the story does not keep; those of the last day are due on the next business day."""
    ids = list(_of(collector).filter(promises=None).order_by("loan__contract_no").values_list("pk", flat=True))
    now = _at(day, PROMISED_AT)
    for case in Case.objects.select_related("loan").filter(pk__in=random.sample(ids, min(2, len(ids)))).order_by("pk"):
        terms = promise_terms(case, now)
        amount = min(max((terms.most * random.randint(12, 50) / 100).quantize(Decimal(10)), terms.least), terms.most)
        due_on = _next_business_day(day) if days_left <= 1 else day + timedelta(days=random.randint(1, 4))
        if amount > 0:
            make_promise(
                case=case, amount=amount, due_on=due_on, channel=random.choice(CHANNELS), actor=collector, now=now
            )  # fmt: skip


def _apply(case: Case, actor: User, day: date, **yuan: Decimal) -> Waiver:
    return apply_for_waiver(
        case=case,
        parts=Parts(**yuan),
        reason="失业三个月，已提供证明，承诺一次还清其余部分",
        valid_until=day + timedelta(days=VALID_DAYS),
        actor=actor,
        now=_at(day, APPLIED_AT),
    )


def _of(collector: User) -> QuerySet[Case]:
    cases: QuerySet[Case] = Case.objects.open().filter(desk__owner=collector)
    return cases


def _first_owing(collector: User, owing: Q) -> Case | None:
    return _of(collector).filter(owing, waivers=None).select_related("loan").order_by("loan__contract_no").first()


def _half(amount: Decimal) -> Decimal:
    """Half of a part, within what one person may approve."""
    return min((amount / 2).quantize(Decimal("0.01")), Decimal("600.00"))


def _next_business_day(day: date) -> date:
    following = day + timedelta(days=1)
    while not is_business_day(following):
        following += timedelta(days=1)
    return following


def _at(day: date, moment: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, moment))
