"""Two agencies with cases in their hands, and files of theirs."""

import csv
import datetime as dt
import io
from dataclasses import dataclass
from typing import Any

from cases.models import Case
from collection_ops.core.models import User
from tests.vendors.settlement.house import a_case, an_agency, at, give, recall
from vendors.models import Agency, ReturnedFile
from vendors.returns import files

MARCH_2 = dt.date(2026, 3, 2)
"""A Monday; the cases were given on 20 February."""
RECALLED_ON = dt.date(2026, 2, 27)

CONTACTS = ("合同编号", "参考号", "联系时间", "联系渠道", "联系结果", "联系号码", "催记内容")
PROMISES = ("合同编号", "参考号", "承诺金额", "承诺还款日")
PAYMENTS = ("合同编号", "参考号", "还款日期", "还款金额", "收款方")
COMPLAINTS = ("合同编号", "参考号", "收到日期", "投诉类型", "投诉内容")
RECORDINGS = ("参考号", "录音编号", "SHA256")
HEADINGS = {
    "contacts": CONTACTS, "promises": PROMISES, "payments": PAYMENTS, "complaints": COMPLAINTS, "recordings": RECORDINGS,
}  # fmt: skip


@dataclass(frozen=True)
class House:
    """HT-1 with 甲, HT-2 with 乙, HT-3 with 甲 until 27 February, HT-4 with nobody."""

    jia: Agency
    yi: Agency
    kept: Case
    other: Case
    recalled: Case
    own: Case


def a_house() -> House:
    jia, yi = an_agency("jia", "甲机构"), an_agency("yi", "乙机构")
    kept, other, recalled, own = (a_case("1000.00", contract_no=f"HT-{n}", name=f"客户{n}") for n in range(1, 5))
    give(jia, kept, recalled)
    give(yi, other)
    recall(jia, recalled, RECALLED_ON)
    return House(jia, yi, kept, other, recalled, own)


def noon(day: dt.date = MARCH_2, hour: int = 12) -> dt.datetime:
    return at(day, hour)


def as_csv(kind: str, *lines: tuple[Any, ...]) -> io.BytesIO:
    text = io.StringIO()
    csv.writer(text).writerows([HEADINGS[kind], *lines])
    return io.BytesIO(text.getvalue().encode("utf-8-sig"))


def sent(
    agency: Agency,
    kind: str,
    *lines: tuple[Any, ...],
    actor: User,
    now: dt.datetime | None = None,
    day: dt.date = MARCH_2,
    content: bytes | None = None,
    name: str = "回传.csv",
) -> ReturnedFile:
    """Received and read."""  # fmt: skip
    file = as_csv(kind, *lines) if content is None else io.BytesIO(content)
    now = now or noon()
    found = files.receive(
        file=file, file_name=name, agency=agency, kind=kind, first_day=day, last_day=day, actor=actor, now=now
    )
    return files.read_file(file=found, now=now)


def applied(file: ReturnedFile, *, actor: User, now: dt.datetime | None = None) -> ReturnedFile:
    now = now or noon()
    return files.apply_file(file=files.request_apply(file=file, actor=actor, now=now), now=now)


def verdicts(file: ReturnedFile) -> list[tuple[str, str]]:
    """(verdict, code of the first reason) of each row, in the order of the file."""
    rows = file.rows.order_by("pk").values_list("verdict", "reasons")
    return [(verdict, reasons[0]["code"] if reasons else "") for verdict, reasons in rows]
