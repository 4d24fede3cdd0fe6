"""The demo's files back from the agency: what it did and what it was paid, taken in, and one that waits to be looked at."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, time, timedelta
from random import Random

from cases.demo.play import AGENCY_DESK, Staff, staff_day
from cases.models import Case, Custody, Repayment
from collection_ops.core.access import users_with
from collection_ops.core.models import User
from compliance.demo_parts import at, chosen
from vendors.models import Agency, ReturnedFile
from vendors.returns.files import LOAD, apply_file, read_file, receive, request_apply

CONTACTS = ("合同编号", "参考号", "联系时间", "联系渠道", "联系结果", "催记内容")
PAYMENTS = ("合同编号", "参考号", "还款日期", "还款金额", "收款方")
RESULTS = (
    ("无人接听", ""),
    ("本人接听", "客户称本周内还款，已告知还款渠道"),
    ("占线", ""),
    ("他人接听", "请其转告回电"),
)
_SENT_AT, _APPLIED_AT = time(17, 30), time(17, 45)


@staff_day
def send_files(*, day: date, days_left: int, staff: Staff, random: Random) -> None:
    """On the last day that people play, where the story has the agency and nobody has sent a file."""
    agency = Agency.objects.select_related("desk").filter(desk__code=AGENCY_DESK).first()
    if days_left > 1 or agency is None or ReturnedFile.objects.exists():
        return
    actor = users_with(LOAD).order_by("pk").first() or staff.supervisor
    cases = chosen(Case.objects.open().filter(desk=agency.desk), random, 8)
    if not cases:
        return
    _taken_in(agency, "contacts", CONTACTS, _contacts(cases, day), day, actor)
    paid = _payments(agency, cases, day)
    _taken_in(agency, "payments", PAYMENTS, paid, day, actor)
    # Sent again with two rows more, of which one is about somebody else's case: it waits for a person.
    more = [
        (cases[-1].loan.contract_no, "SF-P-90", day, "150.00", "机构"),
        ("HT-0000", "SF-P-91", day, "80.00", "本公司"),
    ]
    _sent(agency, "payments", PAYMENTS, [*paid, *more], day, actor)


def _contacts(cases: Sequence[Case], day: date) -> Iterable[Sequence[object]]:
    for number, case in enumerate(cases):
        result, note = RESULTS[number % len(RESULTS)]
        yield case.loan.contract_no, f"SF-T-{number}", f"{day} {10 + number % 6}:15:00", "电话", result, note


def _payments(agency: Agency, cases: Sequence[Case], day: date) -> list[Sequence[object]]:
    """What has come and is claimed, one that the agency took and keeps, and one of which nothing is known."""
    held = Custody.objects.filter(desk=agency.desk, started_at__lt=at(day, time())).order_by("started_at")
    since = {case: begun.date() for case, begun in held.values_list("case", "started_at")}
    came = Repayment.objects.filter(loan__cases__in=list(since), reversal_of__isnull=True, status="confirmed")
    found: list[Sequence[object]] = [
        (one.contract_no, f"SF-P-{one.pk}", one.paid_on, one.amount, "本公司")
        for one in came.order_by("-paid_on", "pk")[:6]
    ]
    for number, (days, amount, place) in enumerate(((9, "300.00", "机构"), (1, "120.00", "出借人账户"))):
        case = next((one for one in cases if since.get(one.pk, day) <= day - timedelta(days=days)), None)
        if case is not None:
            found.append((case.loan.contract_no, f"SF-P-K{number}", day - timedelta(days=days), amount, place))
    return found


def _sent(
    agency: Agency, kind: str, headings: Sequence[str], lines: Iterable[Sequence[object]], day: date, actor: User
) -> ReturnedFile:
    text = io.StringIO()
    csv.writer(text).writerows([headings, *lines])
    first = day if kind == "contacts" else day - timedelta(days=30)
    file = receive(
        file=io.BytesIO(text.getvalue().encode("utf-8-sig")), file_name=f"松风{day:%Y%m%d}.csv", agency=agency, kind=kind,
        first_day=first, last_day=day, actor=actor, now=at(day, _SENT_AT), enqueue=False,
    )  # fmt: skip
    return read_file(file=file, now=at(day, _SENT_AT))


def _taken_in(
    agency: Agency, kind: str, headings: Sequence[str], lines: Iterable[Sequence[object]], day: date, actor: User
) -> None:
    file = _sent(agency, kind, headings, lines, day, actor)
    if file.counts.get("fine"):
        now = at(day, _APPLIED_AT)
        apply_file(file=request_apply(file=file, actor=actor, now=now, enqueue=False), now=now)
