"""A source with a book of a few contracts, an agency, and ledgers as clerks keep them."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cases.imports import run as runs
from cases.models import Case, Desk, ImportRun, Loan, RunKind, Source
from cases.services.sources import add_source
from collection_ops.core.crypto import blind_index
from tests.cases.builders import make_case
from tests.cases.imports.builders import text_file, workbook
from tests.cases.imports.conftest import at, person

TODAY = dt.date(2026, 3, 31)
HEADINGS = [
    *(
        "投诉编号",
        "投诉来源",
        "收到日期",
        "发生日期",
        "客户姓名",
        "证件号码",
        "联系电话",
        "合同编号",
        "投诉内容",
        "诉求",
    ),
    *("投诉类型", "严重程度", "被投诉人", "被投诉机构", "处理结论", "处理情况", "办结日期", "经办人", "备注"),
]

Row = dict[str, Any]


def told(number: int, **changes: Any) -> Row:
    """One row of a ledger: an open complaint of contract HT00001 of person 1, and so on. Name headings to change cells."""
    row: Row = dict.fromkeys(HEADINGS, "")
    row |= {
        "投诉编号": f"GD{number:04d}",
        "投诉来源": "12378",
        "收到日期": dt.date(2026, 3, 20),
        "客户姓名": f"张{'甲乙丙丁戊己庚辛壬癸'[number % 10]}",
        "合同编号": f"HT{number:05d}",
        "投诉内容": f"催收员一天给我打了 {number + 9} 次电话，还打到单位。",
        "投诉类型": "频繁致电、骚扰",
    }
    unknown = set(changes) - set(row)
    assert not unknown, unknown
    return row | changes


@pytest.fixture
def source(db: None) -> Source:
    return add_source(code="card", name="信用卡系统", actor=None)


@pytest.fixture
def book(source: Source) -> dict[int, Case]:
    """Contracts HT00001 to HT00005 of 张乙 to 张己, with ID numbers and telephones of their own."""
    found = {}
    for number in range(1, 6):
        case = make_case()
        debtor = case.loan.debtor
        debtor.name = f"张{'甲乙丙丁戊己庚辛壬癸'[number % 10]}"
        debtor.id_no, debtor.id_index = person(number), blind_index("id_no", person(number))
        debtor.save()
        Loan.objects.filter(pk=case.loan_id).update(source=source, contract_no=f"HT{number:05d}")
        phone = f"154{number:08d}"
        debtor.contact_points.create(
            kind="phone", value=phone, value_index=blind_index("phone", phone), masked="154****", origin="import"
        )
        found[number] = Case.objects.select_related("loan__debtor").get(pk=case.pk)
    return found


@pytest.fixture
def agency(db: None) -> Desk:
    return Desk.objects.create(code="hengda", name="恒达资产管理有限公司", kind="agency")


Take = Callable[..., ImportRun]


@pytest.fixture
def take(source: Source, tmp_path: Path) -> Take:
    """`take([told(1), told(2)])` → an applied run, with apply=False a preview; lists of cells are written as they are."""

    def take(rows: list[Any], *, apply: bool = True, encoding: str = "", **options: Any) -> ImportRun:
        cells = [list(row.values()) if isinstance(row, dict) else row for row in rows]
        if isinstance(rows[0], dict):
            cells.insert(0, list(rows[0]))
        name = options.pop("name", f"投诉台账-{len(list(tmp_path.iterdir()))}")
        if encoding:
            path = text_file(tmp_path / f"{name}.csv", cells, encoding=encoding)
        else:
            path = workbook(tmp_path / f"{name}.xlsx", cells)
        given: dict[str, Any] = {"kind": RunKind.COMPLAINTS, "as_of": TODAY, "now": at(TODAY), "actor": None, **options}
        return runs.import_file(path=path, source=source, apply=apply, **given)

    return take


def codes(run: ImportRun, row: int | None = None) -> set[str]:
    found = run.problems.all() if row is None else run.problems.filter(row_number=row)
    return set(found.values_list("code", flat=True))
