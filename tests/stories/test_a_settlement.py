"""March and April 2026 of three agencies, as an accountant would write them.

Jia (甲) has four cases of 25,000.00; version 1 pays 10 % and, from a recovery rate of 5 % on, 15 % in slices; version 2,
from 16 March on, pays 12 % or, from 3 % on, 18 % of everything. Its days of grace are 10.

    version 1, base 100,000.00, the slice of 15 % begins at 5,000.00
     3 March    4,000.00                    × 10 %        400.00
    10 March    2,500.00: 1,000.00          × 10 %        100.00   up to the floor
                          1,500.00          × 15 %        225.00   above it
    version 2, base 100,000.00 (4,333.34 are 4.33 %)
    16 March    3,333.33                    × 18 %        600.00   599.9994
    28 March    1,000.01                    × 18 %        180.00   180.0018, recalled on the 20th, in grace
    commission                                          1,505.00
    one upheld complaint: score 90, × 0.9                –150.50
    penalty for it                                       –500.00
    March                                                 854.50   tax in it: 854.50 – 854.50 ÷ 1.06 = 48.37
    4,000.00 of 3 March are disputed (15 %, they say)    –400.00
    payable                                               454.50

    April, base 75,000.00 (6,000.00 are 8 %)
     2 April    6,000.00                    × 18 %      1,080.00
    clean month                                           100.00
     9 April   –3,333.33 of 16 March        × 18 %       –600.00
                left are 1,000.01, 1.00 %: 12 %            –60.00   120.00 instead of 180.00
                March was × 0.9                             66.00   –660.00 × –0.1
    the dispute was settled at 500.00                      500.00   nothing of it was paid
    April                                                1,086.00

Yi (乙): two cases of 30,000.00; 3,000.00 of 60,000.00 are 5.00 %, reached on the 25th: 15 % of everything, capped at 400.00.
Bing (丙): a case that was with a collector first, and the case that Jia gave back, from the day after Jia's grace.
"""

import datetime as dt
from decimal import Decimal

import pytest
from django.db.models import Sum

from cases.models import Repayment
from cases.services.custody import move_cases
from cases.services.grace import set_desk_grace
from collection_ops.core.access import Role
from collection_ops.core.models import AuditEvent
from tests.cases.builders import desk_of
from tests.compliance.complaints.builders import a_complaint
from tests.vendors.settlement.house import (
    JANUARY,
    SETTLED_MARCH,
    a_case,
    a_version,
    an_agency,
    april_of,
    at,
    give,
    march,
    march_of,
    pay,
    person,
    recall,
    told,
)
from vendors.models import SettledRepayment, SettlementLine
from vendors.settlement.settle import check
from vendors.settlement.states import Objection, StateRefused, approve, confirm, dispute, payable, resolve
from vendors.settlement.states import pay as pay_out

pytestmark = pytest.mark.django_db


def day(month: int, number: int) -> dt.date:
    return dt.date(2026, month, number)


def test_two_months_of_three_agencies(vendor_manager, finance, collector):
    jia, yi, bing = an_agency("jia", "甲"), an_agency("yi", "乙"), an_agency("bing", "丙")
    events = {"complaint": "500.00", "clean_month": "100.00"}
    a_version(jia, {"bands": [("0", "0.10"), ("0.05", "0.15")], "method": "progressive"}, prices=events)
    a_version(jia, {"bands": [("0", "0.12"), ("0.03", "0.18")]}, since=day(3, 16), prices=events)
    a_version(yi, cap=Decimal("400.00"))
    a_version(bing, {"bands": [("0", "0.08")]})
    set_desk_grace(desk=jia.desk, days=10, effective_from=JANUARY, actor=None, now=at(JANUARY))

    one, two, three, four = (a_case() for _n in range(4))
    give(jia, one, two, three, four)
    pay(one, day(3, 3), "4000.00")
    pay(two, day(3, 10), "2500.00")
    third = pay(three, day(3, 16), "3333.33")
    recall(jia, four, day(3, 20))
    give(bing, four, on=day(3, 25))
    pay(four, day(3, 28), "1000.01")  # eight days after: Jia's
    pay(four, day(3, 31), "500.00")  # eleven days after: Bing's
    a_complaint(debtor=one.loan.debtor, about="jia", upheld=True, received_at=march(12))

    five, six = a_case("30000.00"), a_case("30000.00")
    give(yi, five, six)
    pay(five, day(3, 5), "2000.00")
    pay(six, day(3, 25), "1000.00")

    seven = a_case("10000.00")
    move_cases(cases=[seven.pk], desk=desk_of(collector), reason="assignment", actor=None, now=at(day(2, 1)))
    pay(seven, day(3, 2), "700.00")  # the collector's
    give(bing, seven, on=day(3, 9))
    pay(seven, day(3, 12), "250.00")

    of_jia, of_yi, of_bing = (march_of(agency) for agency in (jia, yi, bing))
    assert told(of_jia) == [
        ("commission", "4000.00", "400.00"), ("commission", "1000.00", "100.00"), ("commission", "1500.00", "225.00"),
        ("commission", "3333.33", "600.00"), ("commission", "1000.01", "180.00"),
        ("coefficient", "1505.00", "-150.50"), ("penalty", "0.00", "-500.00"),
    ]  # fmt: skip
    assert [line.in_grace for line in of_jia.lines.filter(kind="commission").order_by("number")] == [False] * 4 + [True]
    assert (of_jia.commission, of_jia.score, of_jia.total) == (Decimal("1505.00"), Decimal(90), Decimal("854.50"))
    assert of_jia.tax == Decimal("48.37")
    assert told(of_yi) == [
        ("commission", "2000.00", "300.00"), ("commission", "1000.00", "150.00"), ("cap", "450.00", "-50.00"),
    ]  # fmt: skip
    assert told(of_bing) == [("commission", "250.00", "20.00"), ("commission", "500.00", "40.00")]

    # Every yuan but the collector's is told, and each payment is charged once.
    charged = SettlementLine.objects.filter(kind="commission")
    assert charged.aggregate(found=Sum("amount"))["found"] == Decimal("14583.34")
    assert Repayment.objects.aggregate(found=Sum("amount"))["found"] == Decimal("14583.34") + Decimal("700.00")
    assert SettledRepayment.objects.count() == Repayment.objects.count() - 1

    # The agency objects to one line, accepts the rest; what is not disputed is paid.
    first = of_jia.lines.get(number=1)
    dispute(
        line=first,
        objection=Objection("应按 15% 计", "三月对账单", Decimal("600.00")),
        actor=vendor_manager,
        now=SETTLED_MARCH,
    )
    with pytest.raises(StateRefused, match="还有 6 行待确认"):
        confirm(settlement=of_jia, accept_rest=False, actor=vendor_manager, now=SETTLED_MARCH)
    confirm(settlement=of_jia, accept_rest=True, actor=vendor_manager, now=SETTLED_MARCH)
    approved = approve(settlement=of_jia, actor=finance, now=at(day(4, 10)))
    assert payable(approved) == Decimal("454.50")
    paid = pay_out(
        settlement=of_jia, reference="FK-1", paid_on=day(4, 12), today=day(4, 12), actor=finance, now=at(day(4, 12))
    )
    assert paid.state == "paid"
    resolve(
        line=first, resolution="partly", agreed=Decimal("500.00"), note="按 12.5% 商定", actor=vendor_manager,
        now=at(day(4, 20)),
    )  # fmt: skip
    assert payable(paid) == Decimal("454.50"), "what was paid is what was paid"

    pay(one, day(4, 2), "6000.00")
    pay(three, day(4, 9), "3333.33", takes_back=third)
    in_april = april_of(jia)
    assert told(in_april) == [
        ("commission", "6000.00", "1080.00"), ("bonus", "0.00", "100.00"), ("clawback", "-3333.33", "-600.00"),
        ("tier_effect", "1000.01", "-60.00"), ("clawback_coefficient", "-660.00", "66.00"),
        ("correction", "0.00", "500.00"),
    ]  # fmt: skip
    assert in_april.total == Decimal("1086.00")
    assert in_april.lines.get(kind="clawback").of_line == of_jia.lines.get(number=4)
    assert in_april.lines.get(kind="correction").of_line == first

    # A year later the same comes out of the same facts.
    for statement in (of_jia, of_yi, of_bing, in_april):
        statement.refresh_from_db()
        assert check(statement).holds
    told_of_it = set(AuditEvent.objects.filter(action__startswith="settlement.").values_list("action", flat=True))
    assert told_of_it == {
        "settlement.made", "settlement.disputed", "settlement.confirmed", "settlement.approved", "settlement.paid",
        "settlement.resolved",
    }  # fmt: skip


def test_whoever_checked_a_statement_does_not_approve_it(finance):
    jia = an_agency()
    a_version(jia)
    case = a_case()
    give(jia, case)
    pay(case, day(3, 3), "100.00")
    statement = march_of(jia)
    with pytest.raises(StateRefused, match="待核对"):
        approve(settlement=statement, actor=finance, now=SETTLED_MARCH)
    confirm(settlement=statement, accept_rest=True, actor=finance, now=SETTLED_MARCH)
    with pytest.raises(StateRefused, match="两人"):
        approve(settlement=statement, actor=finance, now=SETTLED_MARCH)
    assert approve(settlement=statement, actor=person("other", Role.FINANCE), now=SETTLED_MARCH).state == "approved"
