"""How an agency leaves (CN-A-07): begun, accounts closed, data returned, deletion certified, and then it is out.

Its cases come back by recall or by hand; this only sees to it that none is left when the last steps are taken.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import BinaryIO

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.models import Custody
from collection_ops.core.models import ApiToken, User
from collection_ops.core.services import audit
from collection_ops.core.wording import listed
from vendors.agencies.papers import keep_document
from vendors.agencies.refusals import AgencyRefused
from vendors.agencies.register import cases_held, locked
from vendors.models import Agency, AgencyState, DocumentKind, Placement


@dataclass(frozen=True)
class Left:
    """What still lies with the agency: open placements, open custodies of its desk, tokens that still open the door."""

    placements: int
    custodies: int
    tokens: int

    @property
    def cases(self) -> int:
        """A placed case is in custody, too: the larger number is how many there are."""
        return max(self.placements, self.custodies)


def what_is_left(agency: Agency, now: datetime) -> Left:
    """For the page; three queries by index. What a desk holds is asked of the cases, which repeat it."""
    return Left(
        placements=Placement.objects.filter(agency=agency, recalled_on__isnull=True).count(),
        custodies=cases_held(agency),
        tokens=live_tokens(agency, now),
    )


def live_tokens(agency: Agency, now: datetime) -> int:
    """Tokens of its organisation that were neither revoked nor have run out."""
    return ApiToken.objects.filter(org=agency.desk.code, revoked_at__isnull=True, expires_at__gt=now).count()


def begin_exit(*, agency: Agency, on: date, reason: str, actor: User, day: date) -> Agency:
    """From now on no case goes there. Raises AgencyRefused."""
    if not reason.strip():
        raise AgencyRefused(_("请写明退出的原因"), "reason")
    if on > day:
        raise AgencyRefused(_("退出开始日期不能晚于今天"), "on")
    with transaction.atomic():
        row = locked(agency)
        row.state, row.exit_begun_on = AgencyState.EXITING, on
        row.save(update_fields=["state", "exit_begun_on"])
        row.desk.is_active = False
        row.desk.save(update_fields=["is_active"])
        _record("agency.exit_begun", row, actor, on, reason)
    return row


def close_accounts(*, agency: Agency, on: date, actor: User, now: datetime, day: date) -> Agency:
    """Raises AgencyRefused while a token of the agency still opens the door."""
    with transaction.atomic():
        row = _leaving(agency, "accounts_closed_on", on, day)
        tokens = live_tokens(row, now)
        if tokens:
            raise AgencyRefused(
                ngettext(
                    "该机构还有 %(number)s 个接口令牌未吊销；请系统管理员在“接口令牌”中吊销后再登记",
                    "该机构还有 %(number)s 个接口令牌未吊销；请系统管理员在“接口令牌”中吊销后再登记",
                    tokens,
                )
                % {"number": tokens}
            )
        return _step(row, "accounts_closed_on", on, actor)


def data_returned(*, agency: Agency, on: date, actor: User, now: datetime, day: date) -> Agency:
    """Raises AgencyRefused while cases are with the agency: it still works with their data."""
    with transaction.atomic():
        row = _leaving(agency, "data_returned_on", on, day)
        _nothing_left(row)
        return _step(row, "data_returned_on", on, actor)


def certify_deletion(
    *,
    agency: Agency,
    signed_on: date,
    actor: User,
    now: datetime,
    day: date,
    number: str = "",
    note: str = "",
    file: BinaryIO | None = None,
    file_name: str = "",
) -> Agency:
    """The agency's certificate that it deleted what it had. Raises AgencyRefused while cases are with it. Call it last in a
    transaction, because of the file."""
    with transaction.atomic():
        row = _leaving(agency, "deletion_confirmed_on", signed_on, day, field="signed_on")
        _nothing_left(row)
        _step(row, "deletion_confirmed_on", signed_on, actor)
        keep_document(
            agency=row, kind=DocumentKind.DELETION, signed_on=signed_on, number=number, note=note, file=file,
            file_name=file_name, actor=actor, now=now, day=day, leaving_too=True,
        )  # fmt: skip
        return row


def finish_exit(*, agency: Agency, actor: User, now: datetime, day: date) -> Agency:
    """Out. Raises AgencyRefused while a step is missing or anything lies with the agency."""
    with transaction.atomic():
        row = locked(agency, leaving_too=True)
        if row.state != AgencyState.EXITING:
            raise AgencyRefused(_("请先开始退出"))
        _nothing_left(row)
        if live_tokens(row, now):
            raise AgencyRefused(_("关闭账号之后又签发了接口令牌；请系统管理员吊销后再办结"))
        missing = [label for label, done_on in steps_of(row) if done_on is None]
        if missing:
            raise AgencyRefused(_("退出还缺：%(steps)s") % {"steps": listed(missing)})
        row.state = AgencyState.EXITED
        row.save(update_fields=["state"])
        _record("agency.exited", row, actor, day)
    return row


def steps_of(agency: Agency) -> list[tuple[str, date | None]]:
    """The steps before the last, with the day of each."""
    return [
        (_("关闭账号"), agency.accounts_closed_on),
        (_("返还数据"), agency.data_returned_on),
        (_("取得删除证明"), agency.deletion_confirmed_on),
    ]


def due_on(agency: Agency, exit_days: int) -> date | None:
    """Until when the exit has to be done (CN-A-07: `exit_days` calendar days)."""
    return agency.exit_begun_on + timedelta(days=exit_days) if agency.exit_begun_on else None


def _leaving(agency: Agency, column: str, on: date, day: date, *, field: str = "on") -> Agency:
    row = locked(agency, leaving_too=True)
    if row.state != AgencyState.EXITING or row.exit_begun_on is None:
        raise AgencyRefused(_("请先开始退出"))
    if getattr(row, column) is not None:
        raise AgencyRefused(_("这一步已登记过，请刷新页面"))
    if on > day:
        raise AgencyRefused(_("日期不能晚于今天"), field)
    if on < row.exit_begun_on:
        raise AgencyRefused(_("日期不能早于退出开始日期"), field)
    return row


def _nothing_left(row: Agency) -> None:
    """Before something that cannot be taken back the custodies themselves are asked."""
    placements = Placement.objects.filter(agency=row, recalled_on__isnull=True).count()
    number = max(placements, Custody.objects.filter(desk=row.desk_id, ended_at__isnull=True).count())
    if number:
        raise AgencyRefused(
            ngettext(
                "还有 %(number)s 件案件在该机构；请先退案或调回，再办理这一步",
                "还有 %(number)s 件案件在该机构；请先退案或调回，再办理这一步",
                number,
            )
            % {"number": number}
        )


def _step(row: Agency, column: str, on: date, actor: User) -> Agency:
    setattr(row, column, on)
    row.save(update_fields=[column])
    _record("agency.exit_step", row, actor, on, step=column)
    return row


def _record(action: str, row: Agency, actor: User, on: date, reason: str = "", **data: str) -> None:
    audit.record(action=action, actor=actor, obj=row, data={"on": on.isoformat(), **data}, reason=reason)
