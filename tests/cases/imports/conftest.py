"""A source and its days: small overdue files written as CSV and taken through the real importer."""

import csv
import datetime as dt
import zoneinfo
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cases.imports import run as runs
from cases.imports.cleaning.clean import id_key
from cases.models import Case, ImportRun, Source
from cases.services.sources import add_source

HEADINGS = [
    *("合同编号", "客户姓名", "证件类型", "证件号码", "手机号", "产品", "城市", "授信额度"),
    *("贷款本金余额", "利息", "违约金", "逾期总额", "应还日期", "逾期天数"),
]
DAY_1, DAY_2, DAY_3, DAY_4 = (dt.date(2026, 3, day) for day in (2, 3, 4, 5))

Row = dict[str, Any]


def person(number: int) -> str:
    """A valid ID number of nobody: region code 99 is not in use."""
    for digit in "0123456789X":
        candidate = f"99000119900101{number:03d}{digit}"
        if id_key(candidate):
            return candidate
    raise AssertionError(number)


def debt(number: int, *, days: int = 45, total: str = "1000.00", **changes: Any) -> Row:
    """One row of a file: contract HT00001 of person 1, and so on. Name headings to change cells."""
    row: Row = dict.fromkeys(HEADINGS, "")
    row |= {
        "合同编号": f"HT{number:05d}",
        "客户姓名": f"张{'甲乙丙丁戊己庚辛壬癸'[number % 10]}",
        "证件类型": "身份证",
        "证件号码": person(number),
        "手机号": f"154{number:08d}",
        "产品": "消费分期",
        "城市": "昆明市",
        "授信额度": "50000.00",
        "贷款本金余额": total,
        "利息": "0.00",
        "违约金": "0.00",
        "逾期总额": total,
        "逾期天数": days,
    }
    unknown = set(changes) - set(row)
    assert not unknown, unknown
    return row | changes


def write_csv(path: Path, rows: list[Row]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADINGS)
        writer.writerows([[row[heading] for heading in HEADINGS] for row in rows])
    return path


def at(day: dt.date, hour: int = 8) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day, hour, 15, tzinfo=zoneinfo.ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def source(db: None) -> Source:
    return add_source(code="card", name="信用卡系统", actor=None)


@pytest.fixture
def other_source(db: None) -> Source:
    return add_source(code="loan", name="消费贷系统", actor=None)


ImportDay = Callable[..., ImportRun]


@pytest.fixture
def import_day(source: Source, tmp_path: Path) -> ImportDay:
    """`import_day(DAY_1, [debt(1), debt(2)])` → an applied run; with apply=False a preview."""

    def take(
        day: dt.date, rows: list[Row], *, apply: bool = True, into: Source | None = None, **options: Any
    ) -> ImportRun:
        path = write_csv(tmp_path / f"{len(list(tmp_path.iterdir()))}-{day}.csv", rows)
        return runs.import_file(
            path=path,
            source=into or source,
            as_of=day,
            actor=options.pop("actor", None),
            now=options.pop("now", at(day)),
            apply=apply,
            **options,
        )

    return take


def case_of(number: int, *, episode: int | None = None) -> Case:
    """The case of a contract: its newest episode, or the one named."""
    cases = Case.objects.filter(loan__contract_no=f"HT{number:05d}").order_by("-episode")
    return cases.get(episode=episode) if episode else cases[0]
