"""An agency's bill for March beside our statement: taken in, compared, disputed, answered, paid with the next statement."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from cases.models import Repayment
from collection_ops.core.models import AuditEvent
from tests.core.races import at_once
from tests.vendors.bills.cast import as_csv, as_xlsx, handed_in, told
from tests.vendors.settlement.house import (
    APRIL,
    MARCH,
    SETTLED_APRIL,
    SETTLED_MARCH,
    a_case,
    a_version,
    an_agency,
    april_of,
    give,
    march_of,
    pay,
    recall,
)
from vendors.bills import keeping
from vendors.bills.answers import AnswerRefused, Chosen, answer_chosen, dispute_chosen
from vendors.bills.invariants import every_line_of_both_sides_is_told_once
from vendors.bills.keeping import take_in
from vendors.bills.reading import BillRefused
from vendors.models import Agency, AgencyBill, BillAnswer, BillMatch, LineDispute, SettlementLine
from vendors.settlement.settle import check, settle
from vendors.settlement.states import approve, confirm, resolve

pytestmark = pytest.mark.django_db
D = Decimal
MARCH_3, MARCH_9 = dt.date(2026, 3, 3), dt.date(2026, 3, 9)


@pytest.fixture
def files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def jia(files) -> Agency:
    """Three contracts of 25,000 each; 7,500 came in March (10 %): 20 %. HT-9 was recalled in February and paid in March;
    HT-8 lies with a collector's pool; HT-7's payment is not confirmed."""
    agency = an_agency("jia", "甲机构")
    a_version(agency)
    for number in (1, 2, 3):
        case = a_case(contract_no=f"HT-{number}")
        give(agency, case)
        pay(case, MARCH_3, "2500.00")
    gone = a_case(contract_no="HT-9")
    give(agency, gone, on=dt.date(2026, 2, 1))
    recall(agency, gone, dt.date(2026, 2, 20))
    pay(gone, MARCH_9, "800.00")
    waiting = a_case(contract_no="HT-7")
    give(agency, waiting, amount="0.00")  # so that the base stays 75,000
    claimed = pay(waiting, MARCH_9, "300.00")
    Repayment.objects.filter(pk=claimed.pk).update(status="claimed")
    return agency


BILL = [
    ("HT-1", "2026-03-03", "2,500.00", "20%", "500.00"),  # as ours
    ("HT-2", "2026-03-03", "2500", "0.15", "375.00"),  # another band
    ("HT-3", "2026-03-04", "2600", "20%", "520.00"),  # another day and amount
    ("HT-9", "2026-03-09", "800", "20%", "160.00"),  # after the recall
    ("HT-7", "2026-03-09", "300", "20%", "60.00"),  # not confirmed
    ("HT-0", "2026-03-09", "1", "20%", "0.20"),  # nobody knows it
    ("HT-1", "2026-03-03", "2500", "20%", "500.00"),  # once more
]


def test_a_month_line_by_line_as_an_accountant_would_lay_the_two_side_by_side(jia, vendor_manager):
    statement = march_of(jia)
    assert statement.total == D("1500.00")
    bill = handed_in(jia, BILL, actor=vendor_manager)
    assert (bill.rows, bill.total) == (7, D("2115.20"))
    assert told(bill) == [
        ("agrees", "agrees", "0.00"),
        ("rate", "other_band", "-125.00"),
        ("amount", "amount", "20.00"),
        ("theirs", "after_recall", "160.00"),
        ("theirs", "not_confirmed", "60.00"),
        ("theirs", "no_contract", "0.20"),
        ("theirs", "duplicate", "500.00"),
    ]
    # 2,115.20 − 1,500.00 = 615.20, to the cent.
    assert sum(one.difference for one in bill.matches.all()) == D("615.20")
    assert bill.matches.get(reason="after_recall").params["days"] == 17
    assert every_line_of_both_sides_is_told_once() == []
    BillMatch.objects.create(bill=bill, number=99, kind="theirs", claimed=1, ours=0, difference=1, reason="no_payment")
    assert every_line_of_both_sides_is_told_once() == [{"bill": bill.pk}]


def test_a_bill_that_comes_before_the_statement_waits_and_is_compared_once(jia, vendor_manager):
    bill = handed_in(jia, BILL, actor=vendor_manager)
    assert bill.settlement is None and not bill.matches.exists()
    with pytest.raises(BillRefused, match="还没有生成"):
        keeping.compare(bill=bill, actor=vendor_manager, now=SETTLED_MARCH)
    statement = march_of(jia)
    first = keeping.compare(bill=bill, actor=vendor_manager, now=SETTLED_MARCH)
    assert first.settlement == statement
    before = told(first)
    keeping.compare(bill=bill, actor=vendor_manager, now=SETTLED_APRIL)
    assert told(bill) == before and AuditEvent.objects.filter(action="bill.compared").count() == 1


def test_a_newer_file_replaces_the_bill_while_the_statement_is_gone_through(jia, vendor_manager, finance, files):
    statement = march_of(jia)
    first = handed_in(jia, BILL, actor=vendor_manager)
    again, is_new = take_in(
        agency=jia, period=MARCH, file=as_csv(BILL), file_name="x.csv", actor=vendor_manager, now=SETTLED_MARCH
    )
    assert (again, is_new) == (first, False), "the same file is the bill that is there"
    second = handed_in(jia, BILL[:3], actor=vendor_manager)
    first.refresh_from_db()
    assert second.number == 2 and first.replaced_at is not None and first.matches.exists(), "nothing is lost"
    with pytest.raises(AnswerRefused, match="替换"):
        dispute_chosen(bill=first, chosen=Chosen(kind="rate"), actor=vendor_manager, now=SETTLED_MARCH)
    confirm(settlement=statement, accept_rest=True, actor=vendor_manager, now=SETTLED_MARCH)
    with pytest.raises(BillRefused, match="待财务批准"):
        handed_in(jia, BILL[:2], actor=vendor_manager)
    assert len(list((files / "bills").iterdir())) == 2, "a refused file leaves nothing behind"


def test_a_first_bill_is_compared_with_an_approved_statement_but_disputes_come_too_late(jia, vendor_manager, finance):
    statement = march_of(jia)
    confirm(settlement=statement, accept_rest=True, actor=vendor_manager, now=SETTLED_MARCH)
    approve(settlement=statement, actor=finance, now=SETTLED_MARCH)
    bill = handed_in(jia, BILL, actor=vendor_manager)
    assert bill.matches.count() == 7
    with pytest.raises(AnswerRefused, match="下月账单"):
        dispute_chosen(bill=bill, chosen=Chosen(kind="rate"), actor=vendor_manager, now=SETTLED_MARCH)
    made = answer_chosen(
        bill=bill, chosen=Chosen(kind="theirs"), resolution="rejected", agreed=None, note="按合同不计", actor=vendor_manager,
        now=SETTLED_MARCH,
    )  # fmt: skip
    assert made == 4


def test_one_act_disputes_a_class_or_what_was_ticked_and_never_a_line_twice(jia, vendor_manager):
    march_of(jia)
    bill = handed_in(jia, BILL, actor=vendor_manager)
    assert dispute_chosen(bill=bill, chosen=Chosen(kind="rate"), actor=vendor_manager, now=SETTLED_MARCH) == 1
    found = LineDispute.objects.get()
    assert (found.line.fee, found.claimed) == (D("500.00"), D("375.00"))
    assert "15%" in found.reason and "第 3 行" in found.evidence
    with pytest.raises(AnswerRefused, match="一行只处理一次"):
        dispute_chosen(bill=bill, chosen=Chosen(kind="rate"), actor=vendor_manager, now=SETTLED_MARCH)
    # Ticked: the one that agrees is passed over, so is the one that is disputed already.
    assert dispute_chosen(bill=bill, chosen=Chosen([1, 2, 3]), actor=vendor_manager, now=SETTLED_MARCH) == 1
    with pytest.raises(AnswerRefused, match="不提争议"):
        dispute_chosen(bill=bill, chosen=Chosen([1, 4]), actor=vendor_manager, now=SETTLED_MARCH)
    assert sorted(LineDispute.objects.values_list("claimed", flat=True)) == [D("375.00"), D("520.00")]
    line = LineDispute.objects.get(claimed=D("520.00")).line
    resolve(line=line, resolution="rejected", agreed=None, note="回单为 2,500", actor=vendor_manager, now=SETTLED_MARCH)
    assert SettlementLine.objects.get(pk=line.pk).state == "resolved"


def answered(bill: AgencyBill, number: int, resolution: str, *, actor, agreed: str = "", note: str = "双方商定") -> int:
    return answer_chosen(
        bill=bill, chosen=Chosen([number]), resolution=resolution, agreed=D(agreed) if agreed else None, note=note,
        actor=actor, now=SETTLED_MARCH,
    )  # fmt: skip


def test_what_only_the_agency_has_is_rejected_or_paid_once_with_the_next_statement(jia, vendor_manager, finance):
    march_of(jia)
    bill = handed_in(jia, BILL, actor=vendor_manager)
    with pytest.raises(AnswerRefused, match="说明"):
        answered(bill, 4, "paid", actor=vendor_manager, note=" ")
    with pytest.raises(AnswerRefused, match="付两次"):
        answered(bill, 5, "paid", actor=vendor_manager)
    with pytest.raises(AnswerRefused, match="已经计费"):
        answered(bill, 7, "paid", actor=vendor_manager)
    with pytest.raises(AnswerRefused, match="仅机构有"):
        answered(bill, 1, "rejected", actor=vendor_manager)
    assert answered(bill, 4, "paid", actor=vendor_manager, agreed="100.00") == 1
    assert answered(bill, 6, "rejected", actor=vendor_manager) == 1
    with pytest.raises(AnswerRefused, match="没有待答复"):
        answered(bill, 4, "rejected", actor=vendor_manager)
    with pytest.raises(BillRefused, match="2 项答复"):
        handed_in(jia, BILL[:1], actor=vendor_manager)

    april = april_of(jia)
    (line,) = april.lines.filter(kind="correction")
    assert (line.fee, line.of_period, line.of_line) == (D("100.00"), MARCH, None)
    assert line.placement.loan.contract_no == "HT-9"
    assert check(april).holds
    may = settle(agency=jia, period=dt.date(2026, 5, 1), actor=None, now=dt.datetime(2026, 6, 3, tzinfo=dt.UTC))
    assert not may.settlement.lines.filter(kind="correction").exists(), "paid once"


def test_what_was_claimed_compared_and_answered_stays_as_it_was(jia, vendor_manager):
    march_of(jia)
    bill = handed_in(jia, BILL, actor=vendor_manager)
    answered(bill, 4, "rejected", actor=vendor_manager)
    with pytest.raises(IntegrityError), transaction.atomic():
        BillAnswer.objects.create(
            match=bill.matches.get(number=4), resolution="rejected", agreed=0, note="x", answered_at=SETTLED_MARCH
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        AgencyBill.objects.create(
            agency=jia, period=MARCH, number=9, file_name="x", stored_name="x", sha256="x", rows=1, total=0,
            uploaded_at=SETTLED_MARCH,
        )  # fmt: skip
    agreeing, said = bill.matches.get(number=1), {"resolution": "rejected", "agreed": 0, "note": "x"}
    for change in (
        lambda: BillAnswer.objects.create(match=agreeing, answered_at=SETTLED_MARCH, **said),
        lambda: BillMatch.objects.update(claimed=1, difference=1),
        lambda: BillAnswer.objects.update(note="y"),
        lambda: bill.lines.update(fee=1),
        lambda: AgencyBill.objects.update(total=1),
        lambda: AgencyBill.objects.update(settlement=None, compared_at=None),
        lambda: bill.matches.get(number=4).sides.all().delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


@pytest.mark.django_db(transaction=True)
def test_two_managers_dispute_and_answer_and_upload_at_the_same_moment(jia, vendor_manager):
    march_of(jia)
    bill = handed_in(jia, BILL, actor=vendor_manager)

    def dispute() -> int:
        return dispute_chosen(bill=bill, chosen=Chosen(kind="rate"), actor=vendor_manager, now=SETTLED_MARCH)

    def answer() -> int:
        return answered(bill, 4, "paid", actor=vendor_manager)

    for act in (dispute, answer):
        results = at_once(act, act)
        assert sorted(str(one) for one in results if not isinstance(one, AnswerRefused)) == ["1"]
    other = dt.date(2026, 4, 1)
    first, second = at_once(*[lambda: handed_in(jia, BILL[:2], actor=vendor_manager, period=other)] * 2)
    assert first == second and AgencyBill.objects.filter(period=APRIL).count() == 1


@pytest.mark.django_db(transaction=True)
def test_answered_and_replaced_at_the_same_moment_one_of_the_two_is_refused(jia, vendor_manager):
    march_of(jia)
    bill = handed_in(jia, BILL, actor=vendor_manager)
    results = at_once(
        lambda: answered(bill, 6, "rejected", actor=vendor_manager),
        lambda: handed_in(jia, BILL[:2], actor=vendor_manager),
        lambda: dispute_chosen(bill=bill, chosen=Chosen(kind="rate"), actor=vendor_manager, now=SETTLED_MARCH),
    )
    assert [type(one) for one in results[:2]] in ([int, BillRefused], [AnswerRefused, AgencyBill])
    assert isinstance(results[2], int | AnswerRefused)
    assert not BillAnswer.objects.filter(match__bill__replaced_at__isnull=False).exists()


def test_a_workbook_with_a_title_units_and_sums_is_read_and_a_wrong_one_leaves_nothing(jia, vendor_manager, files):
    march_of(jia)
    rows = [
        ("HT-1", dt.date(2026, 3, 3), 2500, 0.2, 500),
        ("小计", None, None, None, 500),
        ("制表人：李四 2026-04-02",),
        ("合计", None, 2500, None, 500),
    ]
    bill = handed_in(jia, [], file=as_xlsx(rows, above=[("甲机构三月账单",), ()]), actor=vendor_manager)
    assert [(one.number, one.rate, one.fee) for one in bill.lines.all()] == [(4, D("0.200000"), D("500.00"))]
    for file, sentence in (
        (as_xlsx([("HT-1", "2026-03-03", 1, 1, "五百")]), "第 2 行 佣金(元) “五百” 不是金额"),
        (as_xlsx([("HT-1", "2026-03-03", 1, 1, None)]), "第 2 行缺少 佣金(元)"),
        (as_xlsx([("HT-1", "2026-13-03", 1, 1, 5)]), "这一天不存在"),
        (as_xlsx([(*rows[0][:4], 500), ("合计", None, None, None, 501)]), "合计 501.00 与各行费用之和 500.00 不符"),
        (as_csv([("HT-1", "5")], headings=("合同编号", "金额")), "没有找到表头"),
        (as_csv([]), "没有数据行"),
        (as_csv([("HT-1", "", "", "", "1")], encoding="utf-16"), ""),
    ):
        if not sentence:
            assert handed_in(jia, [], file=file, actor=vendor_manager, period=APRIL).total == D("1.00")
            continue
        with pytest.raises(BillRefused, match=sentence.replace("(", r"\(").replace(")", r"\)")):
            handed_in(jia, [], file=file, actor=vendor_manager, period=APRIL)
    assert len(list((files / "bills").iterdir())) == AgencyBill.objects.count() == 2


def test_a_payment_in_slices_is_disputed_to_the_cent(files, vendor_manager):
    """Progressive: 5 % of 25,000 at 10 %, the rest at 15 %: 125 + 187.50 of 2,500. The agency wants 20 % of all: 500."""
    agency = an_agency("yi", "乙机构")
    a_version(agency, {"bands": [("0", "0.10"), ("0.05", "0.15")], "method": "progressive"})
    case = a_case(contract_no="HT-5")
    give(agency, case)
    pay(case, MARCH_3, "2500.00")
    statement = march_of(agency)
    assert [line.fee for line in statement.lines.order_by("number")] == [D("125.00"), D("187.50")]
    bill = handed_in(agency, [("HT-5", "2026-03-03", "2500", "", "500.01")], actor=vendor_manager)
    assert told(bill) == [("rate", "rate", "187.51")]
    assert dispute_chosen(bill=bill, chosen=Chosen([1]), actor=vendor_manager, now=SETTLED_MARCH) == 2
    assert sum(LineDispute.objects.values_list("claimed", flat=True)) == D("500.01")


def test_a_long_bill_is_taken_in_and_compared_in_as_many_queries_as_a_short_one(files, vendor_manager) -> None:
    asked = []
    for code, size in (("short", 2), ("long", 20)):
        agency = an_agency(code, code)
        a_version(agency)
        rows = []
        for number in range(size):
            case = a_case(contract_no=f"{code}-{number}")
            give(agency, case)
            pay(case, MARCH_3, "2500.00")
            rows.append((f"{code}-{number}", "2026-03-03", "2500", "20%", "1.00"))
        settle(agency=agency, period=MARCH, actor=None, now=SETTLED_MARCH)
        with CaptureQueriesContext(connection) as queries:
            bill = handed_in(agency, [*rows, ("NOBODY-1", "", "", "", "5.00")], actor=vendor_manager)
        asked.append(len(queries))
        assert bill.lines.filter(loan__isnull=False).count() == size
        assert bill.matches.count() == size + 1
    assert asked[0] == asked[1] <= 50, asked
    assert not list(every_line_of_both_sides_is_told_once())
