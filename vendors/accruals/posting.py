"""Apply: a month's voucher is posted, once, and frozen. What becomes known of it later is booked in the next one (补记)."""

from datetime import date, datetime

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from collection_ops.core import clock
from collection_ops.core.models import User
from collection_ops.core.services import audit
from vendors.accruals.draft import OF_ACCRUALS, Draft, Row
from vendors.accruals.vouchers import draft_of, posted_of
from vendors.models import Voucher, VoucherEntry

_IN_TURN = "SELECT pg_advisory_xact_lock(hashtext('vendors_voucher'))"


class PostRefused(Exception):
    """The month cannot be posted; the sentence says why and what to do."""


def post(*, month: date, actor: User, now: datetime, seen: str = "") -> Voucher:
    """`seen`: the digest of the draft that whoever posts has looked at, else what is there. Raises PostRefused."""
    with transaction.atomic():
        _wait_for_turn()
        _refuse_posted(month)
        draft = draft_of(month, today=clock.business_date(now))
        refusal = why_not(draft)
        if refusal:
            raise PostRefused(refusal)
        if seen and seen != draft.digest:
            raise PostRefused(_("凭证内容在您查看之后有变化，没有过账；请核对下面的内容后再过账"))
        voucher = Voucher.objects.create(
            month=month,
            number=f"WV-{month:%Y%m}-01",
            debit=draft.debit,
            credit=draft.credit,
            digest=draft.digest,
            posted_by=actor,
            posted_at=now,
        )
        VoucherEntry.objects.bulk_create(_entry(voucher, row) for row in draft.rows)
        data = {
            "number": voucher.number, "rows": len(draft.rows), "late": sum(row.booked_on < month for row in draft.rows),
            "debit": str(voucher.debit), "digest": voucher.digest,
        }  # fmt: skip
        audit.record(action="voucher.posted", actor=actor, obj=voucher, data=data)
    return voucher


def why_not(draft: Draft) -> str:
    """The reason for which it cannot be posted now; empty where it can."""
    month = f"{draft.month:%Y-%m}"
    if not draft.is_over:
        return _("%(month)s 还没有结束，下月 1 日起才能过账") % {"month": month}
    if draft.is_closed:
        said = {"month": month, "last": f"{draft.last_posted:%Y-%m}"}
        return _("已过账到 %(last)s，%(month)s 不再单独过账；之后得知的内容补记在下一张凭证") % said
    if draft.earlier is not None:
        return _("%(earlier)s 还有内容没有过账，请先过账 %(earlier)s") % {"earlier": f"{draft.earlier:%Y-%m}"}
    if not draft.rows:
        return _("%(month)s 没有可过账的内容") % {"month": month}
    return ""


def _wait_for_turn() -> None:
    """Of two who post at once one waits until the other has posted, and then sees it."""
    with connection.cursor() as cursor:
        cursor.execute(_IN_TURN)


def _refuse_posted(month: date) -> None:
    posted = posted_of(month)
    if posted is not None:
        said = {
            "month": f"{month:%Y-%m}", "who": str(posted.posted_by), "number": posted.number,
            "when": f"{timezone.localtime(posted.posted_at):%Y-%m-%d %H:%M}",
        }  # fmt: skip
        raise PostRefused(_("%(month)s 已由 %(who)s 于 %(when)s 过账（%(number)s），没有重复过账") % said)


def _entry(voucher: Voucher, row: Row) -> VoucherEntry:
    one = row.entry
    of_accrual = one.section in OF_ACCRUALS
    return VoucherEntry(
        voucher=voucher,
        number=row.number,
        section=one.section.value,
        account=one.account.value,
        code=row.code,
        agency_id=one.agency_id,
        agency_name=one.agency,
        period=one.period,
        booked_on=row.booked_on,
        debit=one.debit,
        credit=one.credit,
        tax=one.tax,
        accrual_id=row.source if of_accrual else None,
        settlement_id=None if of_accrual else row.source,
    )
