"""What a run would change, kind by kind: the tiles of a preview, and the rows and cases behind each."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cases.models import Absence, Case, ImportRow, ImportRun, RunState, Standing


@dataclass(frozen=True)
class Difference:
    """One kind of difference to the book. `rows` picks the rows of the file that show it."""

    key: str
    label: Any
    hint: Any
    tone: str
    rows: Q | None
    state: str = ImportRow.State.ACCEPTED


# The words of match.py; `absent` has no rows in the file, its cases are read from the book.
DIFFERENCES: tuple[Difference, ...] = (
    Difference("new", _("新增"), _("账簿里没有过的合同"), "info", Q(difference="new")),
    Difference(
        "reentered", _("再次逾期"), _("以前在册、上次文件没有的合同"), "info", Q(difference__in=("reentered", "returned"))
    ),
    Difference("paid_down", _("余额减少"), _("总额比上次低"), "success", Q(paid_down=True)),
    Difference("balance_up", _("余额增加"), _("总额比上次高"), "neutral", Q(balance_up=True)),
    Difference("rolled_forward", _("阶段前滚"), _("进入更晚的逾期阶段"), "warning", Q(rolled__gt=0)),
    Difference("rolled_back", _("阶段回退"), _("回到更早的逾期阶段"), "success", Q(rolled__lt=0)),
    Difference(
        "unchanged", _("金额与阶段不变"), _("总额、阶段都与上次相同"), "neutral",
        Q(difference="known", paid_down=False, balance_up=False, rolled=0),
    ),
    Difference("placed", _("补入在册合同"), _("写入当天的头寸，现在的余额不变"), "info", Q(difference="known")),
    Difference("renamed", _("姓名不同"), _("与账簿里的姓名不同"), "warning", Q(renamed=True)),
    Difference("phone_changed", _("电话不同"), _("有账簿里没有的本人电话"), "warning", Q(phone_changed=True)),
    Difference("absent", _("缺席"), _("在册但不在本文件；缺席不等于还清"), "danger", None),
    # Of a repayment file: the words of match_repayments.py.
    Difference("booked", _("入账"), _("合同在账簿中"), "success", Q(difference="booked")),
    Difference("unmatched", _("待匹配"), _("入账，等待找到合同"), "warning", Q(difference="unmatched")),
    Difference("reversal", _("冲正"), _("冲回以前的一笔还款"), "info", Q(difference="reversal")),
    Difference(
        "repeated", _("重复"), _("以前已入账，不再入账"), "neutral", Q(difference="repeated"), ImportRow.State.REJECTED
    ),
    Difference(
        "rejected", _("不入账"), _("有误的行，原因见问题清单"), "danger", ~Q(difference="repeated"),
        ImportRow.State.REJECTED,
    ),
    # Of a complaint ledger.
    Difference("opened", _("待办理"), _("登记，从收到之日起计算办结期限"), "info", Q(difference="opened")),
    Difference("settled", _("已办结"), _("连同结论登记为已办结"), "success", Q(difference="settled")),
    Difference(
        "nobody", _("未找到客户"), _("照常登记，办理时再补客户"), "warning",
        Q(difference__in=("opened", "settled"), debtor_id=None),
    ),
    Difference(
        "registered", _("已登记过"), _("登记簿或本文件前面已有，不再登记"), "neutral",
        Q(difference__in=("registered", "joined")),
        ImportRow.State.REJECTED,
    ),
    Difference(
        "left_out", _("不登记"), _("有误的行，原因见问题清单"), "danger",
        ~Q(difference__in=("registered", "joined")),
        ImportRow.State.REJECTED,
    ),
)  # fmt: skip
DIFFERENCE_BY_KEY = {difference.key: difference for difference in DIFFERENCES}


@dataclass(frozen=True)
class Tile:
    difference: Difference
    count: int
    amount: Decimal | None
    url: str


def difference_tiles(run: ImportRun) -> list[Tile]:
    tiles = []
    for difference in DIFFERENCES:
        found = run.differences.get(difference.key)
        if found is None:
            continue
        amount = found.get("amount")
        url = reverse("cases:import_rows", args=[run.pk, difference.key])
        tiles.append(Tile(difference, int(found["count"]), None if amount is None else Decimal(str(amount)), url))
    return tiles


def rows_listed(run: ImportRun, difference: Difference) -> QuerySet[ImportRow]:
    assert difference.rows is not None
    states = (
        {difference.state, ImportRow.State.UNDONE}
        if difference.state == ImportRow.State.ACCEPTED
        else {difference.state}
    )
    return run.rows.filter(difference.rows, state__in=states)


def absent_cases(run: ImportRun) -> QuerySet[Case]:
    """Cases that this file lacks: before applying by comparison with the book as it is, afterwards as recorded."""
    cases = Case.objects.select_related("loan__debtor", "desk")
    if run.state in (RunState.APPLIED, RunState.UNDONE) or run.standing == Standing.HISTORY:
        return cases.filter(Exists(Absence.objects.filter(run=run, case=OuterRef("pk"))))
    # A row that could not be read is in the file all the same: its contract is not absent.
    in_file = run.rows.exclude(state=ImportRow.State.SKIPPED).filter(contract_no=OuterRef("loan__contract_no"))
    return cases.present().filter(~Exists(in_file), loan__source=run.source)
