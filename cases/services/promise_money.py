"""Whether promises were kept: computed from confirmed repayments, and computed again whenever the money changes.

Gather the promises and the money of contracts (three queries) → decide (`allot`, `result_of`: plain figures) → apply by
sets. How money counts:

* confirmed, not reversed, not a reversal, paid from the day on which the promise was made to its last day of grace;
* earliest promise first (by the day it is due, among equals the one made first), oldest payment first;
* a repayment is given whole, and to one promise; once a promise has enough, further money is the next promise's.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import F, Q

from cases.models import Case, Promise, PromiseMoney, PromiseState, Repayment
from cases.money_changed import before_money_leaves, on_money_changed
from collection_ops.core.models import User
from collection_ops.core.money import ZERO
from collection_ops.core.services import audit

LOANS_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Due:
    """A promise that nobody took back. `enough` keeps it, yuan; `closed_on` is the end of its case, if it has ended."""

    pk: int
    loan_id: int
    made_on: date
    due_on: date
    counts_until: date
    enough: Decimal
    closed_on: date | None


@dataclass(frozen=True, slots=True)
class Money:
    """A repayment that counts. `amount` in yuan."""

    pk: int
    loan_id: int
    paid_on: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Result:
    """What a promise has come to."""

    state: str
    paid: Decimal
    settled_on: date | None


def allot(promises: Sequence[Due], money: Sequence[Money]) -> dict[int, list[Money]]:
    """Promise id → the repayments that count for it. All of one contract."""
    left = sorted(money, key=lambda one: (one.paid_on, one.pk))
    given: dict[int, list[Money]] = {}
    for promise in sorted(promises, key=lambda one: (one.due_on, one.pk)):
        mine: list[Money] = []
        paid = ZERO
        for payment in left:
            if paid >= promise.enough:
                break
            if promise.made_on <= payment.paid_on <= promise.counts_until:
                mine.append(payment)
                paid += payment.amount
        left = [payment for payment in left if payment not in mine]
        given[promise.pk] = mine
    return given


def result_of(promise: Due, money: Sequence[Money], *, day: date) -> Result:
    """How the promise stands at the beginning of `day`, with the money that was allotted to it."""
    paid = sum((payment.amount for payment in money), ZERO)
    if paid >= promise.enough:
        return Result(PromiseState.KEPT, paid, money[-1].paid_on)
    if day <= promise.counts_until:
        return Result(PromiseState.OPEN, paid, None)
    settled_on = promise.counts_until + timedelta(days=1)
    if promise.closed_on is not None and promise.closed_on <= promise.counts_until:
        return Result(PromiseState.CANCELLED, paid, settled_on)
    return Result(PromiseState.PART_KEPT if paid else PromiseState.BROKEN, paid, settled_on)


def settle_promises(*, day: date, cases: Collection[int] | None = None, actor: User | None = None) -> int:
    """Bring promises to what the money of `day` says; returns how many changed. Of the cases given (ids), or of all
    contracts with a promise that is open, or whose case has ended or opened again since.

    Open ones are always looked at, so that a promise taken down while a file was being written finds its money that night.
    """
    if cases is not None:
        wanted = Promise.objects.filter(case__in=list(cases))
    else:
        ended = Q(state__in=[PromiseState.BROKEN, PromiseState.PART_KEPT], case__closed_on__lte=F("counts_until"))
        again = Q(state=PromiseState.CANCELLED, cancelled_at__isnull=True) & (
            Q(case__closed_on__isnull=True) | Q(case__closed_on__gt=F("counts_until"))
        )
        wanted = Promise.objects.filter(Q(state=PromiseState.OPEN) | ended | again)
    return _settle_all(wanted.values_list("case__loan_id", flat=True).distinct(), day=day, actor=actor)


def rebuild_promises(*, day: date) -> int:
    """Every promise of the book, computed anew; returns how many changed."""
    return _settle_all(Promise.objects.values_list("case__loan_id", flat=True).distinct(), day=day, actor=None)


def settle_loans(*, loans: Collection[int], day: date, actor: User | None) -> None:
    """The promises of these contracts, after they or their money have changed."""
    with_promises = Promise.objects.filter(case__loan__in=list(loans)).values_list("case__loan_id", flat=True)
    _settle_all(with_promises.distinct(), day=day, actor=actor)


@on_money_changed
def settle_after_money(*, cases: set[int], day: date, now: datetime) -> None:
    """An earlier case's promise of the contract may have a claim to the money, too."""
    loans = Case.objects.filter(pk__in=list(cases)).values_list("loan_id", flat=True)
    settle_loans(loans=list(loans), day=day, actor=None)


@before_money_leaves
def let_go(run_id: int) -> None:
    """What the payments of an import were counted for is not theirs any more; the promises are settled afterwards."""
    PromiseMoney.objects.filter(repayment__run=run_id).delete()


def differences(*, limit: int = 100) -> list[dict[str, object]]:
    """Promises that say another thing than their money, whatever the day. For the check of what must always be true."""
    found: list[dict[str, object]] = []
    loans = Promise.objects.values_list("case__loan_id", flat=True).order_by("case__loan_id").distinct()
    for some in _in_parts(list(loans)):
        promises, money, links = _gather(some, lock=False)
        given = _allot_by_loan(promises, money)
        stored = {pk: (state, paid) for pk, state, paid in _stored(promises)}
        for promise in promises:
            mine = given[promise.pk]
            state, paid = stored[promise.pk]
            computed = result_of(
                promise, mine, day=promise.counts_until + timedelta(days=0 if state == PromiseState.OPEN else 1)
            )
            right = {payment.pk: payment.amount for payment in mine} == links.get(promise.pk, {})
            # A case that has ended meanwhile is told to its promises by the day's settling.
            ended = {PromiseState.CANCELLED, PromiseState.BROKEN, PromiseState.PART_KEPT}
            same = state == computed.state or (state in ended and computed.state in ended)
            if not (right and same and paid == computed.paid):
                found.append({"promise": promise.pk, "state": state, "computed": str(computed.state)})
        if len(found) >= limit:
            break
    return found[:limit]


def _settle_all(loans: Iterable[int], *, day: date, actor: User | None) -> int:
    return sum(_settle(some, day=day, actor=actor) for some in _in_parts(list(loans)))


def _in_parts(loans: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(loans), LOANS_AT_ONCE):
        yield loans[start : start + LOANS_AT_ONCE]


@transaction.atomic
def _settle(loans: list[int], *, day: date, actor: User | None) -> int:
    # The promises are held before the money is read: of two who settle the same, the later sees what the earlier saw.
    promises, money, links = _gather(loans, lock=True)
    given = _allot_by_loan(promises, money)
    results = {promise.pk: result_of(promise, given[promise.pk], day=day) for promise in promises}
    wanted = {pk: {payment.pk: payment.amount for payment in mine} for pk, mine in given.items()}
    moved = [pk for pk in wanted if wanted[pk] != links.get(pk, {})]
    if moved:
        PromiseMoney.objects.filter(promise__in=moved).delete()
        PromiseMoney.objects.bulk_create(
            [
                PromiseMoney(promise_id=pk, repayment_id=repayment, amount=amount)
                for pk in moved
                for repayment, amount in wanted[pk].items()
            ],
            batch_size=2_000,
        )
    return _write(results, actor=actor)


def _gather(loans: list[int], *, lock: bool) -> tuple[list[Due], list[Money], dict[int, dict[int, Decimal]]]:
    """Promises, money that may count for them, and what counts for them now (promise → repayment → amount)."""
    found = Promise.objects.filter(case__loan__in=loans, cancelled_at__isnull=True).order_by("pk")
    if lock:
        found = found.select_for_update(of=("self",), no_key=True)
    promises = [
        Due(*line)
        for line in found.values_list(
            "pk", "case__loan_id", "made_on", "due_on", "counts_until", "enough", "case__closed_on"
        )
    ]
    if not promises:
        return [], [], {}
    payments = Repayment.objects.filter(
        loan__in={promise.loan_id for promise in promises},
        status=Repayment.Status.CONFIRMED,
        reversal_of__isnull=True,
        reversal__isnull=True,
        paid_on__gte=min(promise.made_on for promise in promises),
        paid_on__lte=max(promise.counts_until for promise in promises),
    )
    money = [Money(*line) for line in payments.values_list("pk", "loan_id", "paid_on", "amount")]
    links: dict[int, dict[int, Decimal]] = defaultdict(dict)
    stored = PromiseMoney.objects.filter(promise__in=[promise.pk for promise in promises])
    for promise_id, repayment_id, amount in stored.values_list("promise_id", "repayment_id", "amount"):
        links[promise_id][repayment_id] = amount
    return promises, money, links


def _allot_by_loan(promises: Sequence[Due], money: Sequence[Money]) -> dict[int, list[Money]]:
    by_loan: dict[int, tuple[list[Due], list[Money]]] = {}
    for promise in promises:
        by_loan.setdefault(promise.loan_id, ([], []))[0].append(promise)
    for payment in money:
        by_loan[payment.loan_id][1].append(payment)
    given: dict[int, list[Money]] = {}
    for some, payments in by_loan.values():
        given |= allot(some, payments)
    return given


def _stored(promises: Sequence[Due]) -> list[tuple[int, str, Decimal]]:
    found = Promise.objects.filter(pk__in=[promise.pk for promise in promises])
    return list(found.values_list("pk", "state", "paid"))


def _write(results: Mapping[int, Result], *, actor: User | None) -> int:
    """The new states, where they differ; each change is on the trail."""
    before = Promise.objects.in_bulk(list(results))
    changed = [
        pk
        for pk, result in results.items()
        if (before[pk].state, before[pk].paid, before[pk].settled_on) != (result.state, result.paid, result.settled_on)
    ]
    if not changed:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE cases_promise p SET state = n.state, paid = n.paid, settled_on = n.settled_on
            FROM unnest(%s::bigint[], %s::text[], %s::numeric[], %s::date[]) AS n (id, state, paid, settled_on)
            WHERE p.id = n.id
            """,
            [
                changed,
                [str(results[pk].state) for pk in changed],
                [results[pk].paid for pk in changed],
                [results[pk].settled_on for pk in changed],
            ],
        )
    turned = [pk for pk in changed if before[pk].state != results[pk].state]
    audit.record_each(
        action="promise.settled",
        actor=actor,
        objects=[
            (
                before[pk],
                {
                    "case": before[pk].case_id,
                    "from": before[pk].state,
                    "to": str(results[pk].state),
                    "paid": str(results[pk].paid),
                },
            )
            for pk in turned
        ],
    )
    return len(changed)
