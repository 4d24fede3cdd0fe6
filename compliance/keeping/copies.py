"""The copy that a person is given of their own data (PI-05): one table, in full, without other persons' numbers.

The file is private and goes after some days; taking it out asks for a reason, and the trail says who took it.
"""

import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.models import (
    Case,
    ContactPoint,
    Custody,
    Debtor,
    DeskKind,
    Hold,
    Loan,
    Promise,
    Repayment,
    RepaymentPlan,
    Waiver,
)
from collection_ops.core import private_files
from collection_ops.core.dated_settings import Setting
from collection_ops.core.models import User
from collection_ops.core.services import audit
from collection_ops.core.tables import Column, open_table
from compliance.keeping.refusals import KeepingRefused
from compliance.models import Complaint, ContactAttempt, DataRequest, DataRequestKind, DataRequestOutcome, QueuedMessage

FOLDER = "data_requests"
MOST_BYTES = 50 * 1024 * 1024
KINDS = (DataRequestKind.COPY, DataRequestKind.SHARING)
KEPT_DAYS = Setting(
    "dsr.file_days", label=gettext_lazy("个人信息副本保留天数"), default=7, source=gettext_lazy("内部政策"),
    unit=gettext_lazy("天"), least=1, most=30,
)  # fmt: skip

Line = tuple[str, str, str, str]


def lines_of(debtor: Debtor) -> Iterator[Line]:
    """(section, when, what, details) of everything that is known of the person. A query a section."""
    yield from _person(debtor)
    yield from _debts(debtor)
    yield from _agreements(debtor)
    yield from _contacts(debtor)
    yield from _sharing(debtor)


def _person(debtor: Debtor) -> Iterator[Line]:
    part = _("身份")
    yield part, "", _("姓名"), debtor.name
    yield part, "", debtor.id_type or _("证件"), debtor.id_no
    part, others = _("联系方式"), 0
    for point in ContactPoint.objects.filter(debtor=debtor).order_by("pk"):
        if point.relation:
            others += 1
        elif point.value:
            yield part, _day(point.created_at), str(point.get_kind_display()), point.value
    if others:
        yield part, "", _("其他联系人"), _("%(count)d 个，属于他人的信息，不在副本中提供") % {"count": others}


def _debts(debtor: Debtor) -> Iterator[Line]:
    for loan in Loan.objects.filter(debtor=debtor).select_related("source").order_by("pk"):
        said = [str(loan.source), loan.product, f"{loan.credit_limit or ''}"]
        yield _("合同"), _day(loan.disbursed_on), loan.contract_no, " · ".join(one for one in said if one)
    for case in Case.objects.filter(loan__debtor=debtor).select_related("loan").order_by("opened_on", "pk"):
        ended = f"{_day(case.closed_on)} {case.get_close_reason_display()}" if case.closed_on else ""
        owed = _("截至 %(day)s 逾期 %(amount)s 元") % {"day": _day(case.as_of), "amount": case.total}
        yield _("逾期"), _day(case.opened_on), case.loan.contract_no, " · ".join(one for one in (owed, ended) if one)
    for money in Repayment.objects.filter(loan__debtor=debtor).order_by("paid_on", "pk"):
        yield _("还款"), _day(money.paid_on), f"{money.amount}", f"{money.contract_no} {money.get_status_display()}"


def _agreements(debtor: Debtor) -> Iterator[Line]:
    for promise in Promise.objects.filter(case__loan__debtor=debtor).order_by("made_on", "pk"):
        yield (
            _("承诺还款"),
            _day(promise.made_on),
            f"{promise.amount}",
            f"{_day(promise.due_on)} {promise.get_state_display()}",
        )
    for plan in RepaymentPlan.objects.filter(case__loan__debtor=debtor).order_by("pk"):
        yield (
            _("还款方案"),
            _day(plan.starts_on),
            f"{plan.total}",
            f"{plan.get_kind_display()} {plan.get_state_display()}",
        )
    for waiver in Waiver.objects.filter(case__loan__debtor=debtor).order_by("pk"):
        yield _("减免"), "", str(waiver), ""
    for hold in Hold.objects.filter(debtor=debtor).order_by("since", "pk"):
        yield _("停催"), _day(hold.since), str(hold.get_type_display()), _day(hold.ends_at)


def _contacts(debtor: Debtor) -> Iterator[Line]:
    for attempt in ContactAttempt.objects.filter(debtor=debtor).order_by("opened_at", "pk").iterator(chunk_size=2000):
        who = _("本机构") if attempt.org == "own" else attempt.org
        said = f"{attempt.get_direction_display()} {attempt.get_result_display()} · {who}"
        yield _("联系记录"), _moment(attempt.took_place_at), str(attempt.get_channel_display()), said
    for message in QueuedMessage.objects.filter(case__loan__debtor=debtor, state="sent").order_by("sent_at", "pk"):
        yield _("已发消息"), _moment(message.sent_at), str(message.case_id), message.text
    for complaint in Complaint.objects.filter(debtor=debtor).order_by("received_at", "pk"):
        said = f"{complaint.get_type_display()} · {complaint.get_outcome_display() or complaint.get_state_display()}"
        yield _("投诉"), _moment(complaint.received_at), complaint.number, said


def _sharing(debtor: Debtor) -> Iterator[Line]:
    """To which agencies data was given: those on whose desk a case lay, and from when to when."""
    held = Custody.objects.filter(case__loan__debtor=debtor, desk__kind=DeskKind.AGENCY)
    for custody in held.select_related("desk", "case__loan").order_by("started_at", "pk"):
        until = _day(custody.ended_at) or _("至今")
        yield (
            _("向委外机构提供"),
            _day(custody.started_at),
            custody.desk.name,
            f"{custody.case.loan.contract_no} · {until}",
        )


def make_copy(*, request: DataRequest, actor: User, now: datetime) -> DataRequest:
    """Write the file; made again it takes the place of the one before. Raises KeepingRefused: not that kind, not granted."""
    if request.kind not in KINDS:
        raise KeepingRefused(_("只有查阅、复制和说明提供情况的请求需要副本"))
    if request.outcome not in (DataRequestOutcome.GRANTED, DataRequestOutcome.PARTLY):
        raise KeepingRefused(_("先决定同意，再生成副本"))
    shared_only = request.kind == DataRequestKind.SHARING
    stored, rows = _written(request, shared_only, actor, now)
    with private_files.kept_with_its_row(stored), transaction.atomic():
        locked = DataRequest.objects.select_for_update(no_key=True).get(pk=request.pk)
        before = locked.file_name
        locked.file_name, locked.file_sha256, locked.file_made_at = stored.name, stored.sha256, now
        locked.save(update_fields=["file_name", "file_sha256", "file_made_at"])
        audit.record(
            action="data_request.copy_made", actor=actor, obj=locked, data={"rows": rows, "sha256": stored.sha256}
        )
    if before:
        private_files.path_of(before, folder=FOLDER).unlink(missing_ok=True)
    return locked


def _written(
    request: DataRequest, shared_only: bool, actor: User, now: datetime
) -> tuple[private_files.StoredFile, int]:
    lines = _sharing(request.debtor) if shared_only else lines_of(request.debtor)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "copy.xlsx"
        with open_table(
            path,
            file_format="xlsx",
            title=_("个人信息副本"),
            columns=[Column(_("类别")), Column(_("日期")), Column(_("项目")), Column(_("内容"))],
            exported_by=str(actor),
            exported_at=now,
            watermark=request.number,
        ) as table:
            for line in lines:
                table.write_row(list(line))
        rows = table.rows
        with path.open("rb") as file:
            return private_files.write(file, folder=FOLDER, most_bytes=MOST_BYTES), rows


def take_copy(*, request: DataRequest, reason: str, actor: User) -> Path:
    """Where the file lies, for the one answer it was asked for. Raises KeepingRefused: no reason, or the file is gone."""
    if not reason.strip():
        raise KeepingRefused(_("请写明下载的用途，如当面交给本人"), "reason")
    path = private_files.path_of(request.file_name, folder=FOLDER) if request.file_name else None
    if path is None or not path.is_file():
        raise KeepingRefused(_("副本已清除，请重新生成"), "reason")
    with transaction.atomic():
        audit.record(action="data_request.file_taken", actor=actor, obj=request, reason=reason)
    return path


def purge_copies(*, now: datetime) -> int:
    """Files older than the setting go; the digest stays. Safe to repeat."""
    days: Any = KEPT_DAYS.on(timezone.localdate(now))
    old = list(DataRequest.objects.exclude(file_name="").filter(file_made_at__lt=now - timedelta(days=days)))
    for request in old:
        private_files.path_of(request.file_name, folder=FOLDER).unlink(missing_ok=True)
    if old:
        with transaction.atomic():
            DataRequest.objects.filter(pk__in=[one.pk for one in old]).update(file_name="")
            audit.record(action="data_request.files_purged", actor=None, data={"files": len(old)})
    return len(old)


def _day(moment: Any) -> str:
    if moment is None:
        return ""
    day = timezone.localdate(moment) if isinstance(moment, datetime) else moment
    return date_format(day, "Y-m-d")


def _moment(moment: datetime | None) -> str:
    return date_format(timezone.localtime(moment), "Y-m-d H:i") if moment else ""
