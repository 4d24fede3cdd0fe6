"""Gather: what is booked until a month's end and not posted yet; and vouchers as they were posted."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from collection_ops.core import clock
from collection_ops.core.clock import month_end
from collection_ops.core.money import ZERO
from vendors.accruals import entries as booking
from vendors.accruals.accounts import codes_on
from vendors.accruals.draft import OF_ACCRUALS, Document, Draft, Row, choose, in_order
from vendors.accruals.entries import Account, Entry, Section, Whose
from vendors.models import Accrual, LineDispute, Settlement, SettlementLine, SettlementState, Voucher, VoucherEntry

Waiting = dict[Document, Accrual | Settlement]
_NOT_PAID = Q(resolved_at__isnull=True) | Q(resolved_at__gt=F("line__settlement__approved_at"))


def draft_of(month: date, *, today: date) -> Draft:
    """What posting the month would post. Five queries, however much there is; of a month that was posted, or left empty when
    a later one was, nothing."""
    last = month_end(month)
    posted = last_posted()
    if posted is not None and month <= posted:
        return Draft(month, last_posted=posted, is_over=today > last)
    waiting = waiting_until(last)
    choice = choose(month, waiting, last_posted=posted)
    booked = _entries({one: waiting[one] for one in choice.documents})
    rows = in_order(booked.items(), codes_on(last))
    return Draft(month, rows, earlier=choice.earlier, last_posted=posted, is_over=today > last)


def last_posted() -> date | None:
    return Voucher.objects.order_by("-month").values_list("month", flat=True).first()


# What waits --------------------------------------------------------------------------------------------------------


def waiting_until(last: date) -> Waiting:
    """What is booked by then and not posted: accruals by their day of booking, statements by the day of approval, payments
    by the day on which they were made. By agency and month. Two queries."""
    found: Waiting = {}
    posted = VoucherEntry.objects.filter(accrual=OuterRef("pk"))
    accruals = Accrual.objects.filter(~Exists(posted), booked_on__lte=last).select_related("agency")
    for one in accruals.order_by("agency__name", "pk"):
        section = Section.ACCRUAL if one.reverses_id is None else Section.REVERSAL
        found[Document(section, one.pk, one.booked_on, one.amount)] = one
    for statement in _statements(last):
        due = statement.total - statement.held  # type: ignore[attr-defined]
        assert statement.approved_at is not None, "only approved statements are asked for"
        day = clock.business_date(statement.approved_at)
        if day <= last and not statement.is_booked:  # type: ignore[attr-defined]
            found[Document(Section.STATEMENT, statement.pk, day, due)] = statement
        if statement.paid_on and statement.paid_on <= last and not statement.is_paid:  # type: ignore[attr-defined]
            found[Document(Section.PAYMENT, statement.pk, statement.paid_on, due)] = statement
    return found


def _statements(last: date) -> QuerySet[Settlement]:
    """Approved by then, or paid, and not booked so; with `held`, what is not paid with it (yuan)."""
    end = timezone.make_aware(datetime.combine(last + timedelta(days=1), time.min))
    held = LineDispute.objects.filter(_NOT_PAID, line__settlement=OuterRef("pk")).order_by().values("line__settlement")
    posted = VoucherEntry.objects.filter(settlement=OuterRef("pk"))
    found = Settlement.objects.annotate(
        is_booked=Exists(posted.filter(section=Section.STATEMENT)),
        is_paid=Exists(posted.filter(section=Section.PAYMENT)),
        held=Coalesce(Subquery(held.annotate(found=Sum("line__fee")).values("found")), ZERO),
    )
    found = found.filter(
        Q(approved_at__lt=end, is_booked=False) | Q(state=SettlementState.PAID, paid_on__lte=last, is_paid=False)
    )
    return found.select_related("agency").order_by("agency__name", "period")


def _entries(documents: Waiting) -> dict[Document, list[Entry]]:
    statements = {one.pk for one in documents.values() if isinstance(one, Settlement)}
    kinds = _paid_kinds(statements)
    return {document: list(_booked(document, one, kinds)) for document, one in documents.items()}


def _booked(
    document: Document, one: Accrual | Settlement, kinds: Mapping[int, Mapping[str, Decimal]]
) -> Iterable[Entry]:
    whose = Whose(one.agency_id, one.agency.name, one.period)
    if isinstance(one, Accrual):
        is_reversal = document.section == Section.REVERSAL
        return booking.of_accrual(whose, amount=one.amount, tax=one.tax, is_reversal=is_reversal)
    if document.section == Section.STATEMENT:
        return booking.of_statement(whose, kinds=kinds[one.pk], tax_rate=one.tax_rate)
    return booking.of_payment(whose, payable=sum(kinds[one.pk].values(), ZERO))


def _paid_kinds(statements: set[int]) -> dict[int, dict[str, Decimal]]:
    """Statement → what is paid with it by kind of line: all but what was disputed when it was approved. One query."""
    found: dict[int, dict[str, Decimal]] = {pk: {} for pk in statements}
    held = LineDispute.objects.filter(_NOT_PAID, line__settlement__in=statements)
    rows = SettlementLine.objects.filter(settlement__in=statements).exclude(pk__in=held.values("line")).order_by()
    for pk, kind, fee in rows.values_list("settlement_id", "kind").annotate(fee=Sum("fee")):
        found[pk][kind] = fee
    return found


# What was posted ---------------------------------------------------------------------------------------------------


def posted_of(month: date) -> Voucher | None:
    return Voucher.objects.select_related("posted_by").filter(month=month).first()


def rows_of(voucher: Voucher) -> list[Row]:
    """As they were posted. One query."""
    return [row_of(one) for one in voucher.entries.order_by("number")]


def row_of(one: VoucherEntry) -> Row:
    section = Section(one.section)
    source = one.accrual_id if section in OF_ACCRUALS else one.settlement_id
    assert source is not None, "the database keeps a document beside every entry"
    entry = Entry(
        section, Account(one.account), one.agency_id, one.agency_name, one.period, one.debit, one.credit, one.tax
    )
    return Row(one.number, one.code, one.booked_on, source, entry)


def known_since(voucher: Voucher) -> int:
    """How many bookings of its month became known after it was posted and wait for the next voucher. Two queries."""
    return sum(1 for one in waiting_until(month_end(voucher.month)) if one.month == voucher.month and one.amount)


def booked_later(voucher: Voucher) -> QuerySet[Voucher]:
    """Later vouchers with bookings of this one's month."""
    late = VoucherEntry.objects.filter(
        voucher=OuterRef("pk"), booked_on__range=(voucher.month, month_end(voucher.month))
    )
    return Voucher.objects.filter(Exists(late), month__gt=voucher.month).order_by("month")
