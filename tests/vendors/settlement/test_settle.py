"""A month is frozen once, in order, whole; every payment is charged once, whoever asks."""

import datetime as dt
import random
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Sum
from django.db.utils import DataError

from agents.credit import credited
from cases.credit import credited_to_desks, money_by_desk
from cases.models import Case, Repayment
from cases.services.custody import move_cases
from cases.services.grace import set_desk_grace
from tests.cases.builders import desk_of, pool_desk
from tests.core.races import at_once
from tests.vendors.settlement.house import (
    APRIL,
    JANUARY,
    MARCH,
    SETTLED_APRIL,
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
    recall,
    told,
)
from vendors.models import Agency, Placement, SettledRepayment, Settlement, SettlementLine
from vendors.settlement import settle as settling
from vendors.settlement.settle import SettleRefused, check, settle, settle_all

pytestmark = pytest.mark.django_db


def one_payment(code: str = "jia", amount: str = "1000.00") -> tuple[Agency, Case, Repayment]:
    agency = an_agency(code)
    a_version(agency)
    case = a_case()
    give(agency, case)
    return agency, case, pay(case, dt.date(2026, 3, 5), amount)


def test_settling_again_gives_the_same_statement_and_says_whether_it_still_holds():
    agency, case, _payment = one_payment()
    first = settle(agency=agency, period=MARCH, actor=None, now=SETTLED_MARCH)
    again = settle(agency=agency, period=MARCH, actor=None, now=at(dt.date(2026, 6, 1)))
    assert (again.settlement, again.is_new, again.same) == (first.settlement, False, True)
    # What is learned later is no part of it; a fact that somebody changed behind it is seen.
    pay(case, dt.date(2026, 3, 6), "70.00", told=at(dt.date(2026, 5, 1)))
    assert check(first.settlement).holds
    Placement.objects.update(amount=Decimal("100.00"))
    found = check(first.settlement)
    assert (found.same_facts, found.same_lines) == (False, False)
    assert not settle(agency=agency, period=MARCH, actor=None, now=SETTLED_MARCH).same


def test_a_month_that_is_not_over_and_one_that_comes_too_early_are_refused():
    agency, case, _payment = one_payment()
    pay(case, dt.date(2026, 4, 5), "10.00")
    with pytest.raises(SettleRefused, match="还没有结束"):
        settle(agency=agency, period=MARCH, actor=None, now=march(31, 23))
    with pytest.raises(SettleRefused, match="2026-03 有回款但还没有结算"):
        april_of(agency)
    march_of(agency)
    assert april_of(agency).total == Decimal("1.00")


def test_an_earlier_month_without_money_does_not_stand_in_the_way():
    agency = an_agency()
    a_version(agency)
    case = a_case()
    give(agency, case, on=dt.date(2026, 2, 20))
    pay(case, dt.date(2026, 4, 5), "10.00")
    assert april_of(agency).total == Decimal("1.00")


def test_without_a_contract_or_a_case_nothing_is_settled():
    agency = an_agency()
    with pytest.raises(SettleRefused, match="没有已批准的合同版本"):
        march_of(agency)
    a_version(agency)
    with pytest.raises(SettleRefused, match="不需要结算"):
        march_of(agency)
    give(agency, a_case())
    assert march_of(agency).total == 0


def test_money_without_a_placement_is_never_dropped():
    agency, _case, _payment = one_payment()
    loose = a_case(contract_no="HT-998877")
    move_cases(cases=[loose.pk], desk=agency.desk, reason="by hand", actor=None, now=at(dt.date(2026, 2, 1)))
    pay(loose, dt.date(2026, 3, 9), "5.00")
    with pytest.raises(SettleRefused, match=r"有 1 笔还款计给该机构.*\*\*\*8877"):
        march_of(agency)
    assert not Settlement.objects.exists() and not SettledRepayment.objects.exists()


def test_money_that_is_told_late_comes_with_the_next_month_once():
    agency, case, _payment = one_payment()
    in_march = march_of(agency)
    late = pay(case, dt.date(2026, 3, 30), "500.00", told=at(dt.date(2026, 4, 20)))
    in_april = april_of(agency)
    assert told(in_april) == [("commission", "500.00", "50.00")]
    assert in_april.lines.get().repayment_id == late.pk
    assert (
        settle(agency=agency, period=dt.date(2026, 5, 1), actor=None, now=at(dt.date(2026, 6, 3))).settlement.total == 0
    )
    assert check(in_march).holds and check(in_april).holds
    # And what is taken back of it goes by the month that paid for it.
    pay(case, dt.date(2026, 6, 4), "500.00", takes_back=late)
    june = settle(agency=agency, period=dt.date(2026, 6, 1), actor=None, now=at(dt.date(2026, 7, 3))).settlement
    assert told(june) == [("clawback", "-500.00", "-50.00")]
    assert june.lines.get().of_period == APRIL


def test_what_is_taken_back_within_the_month_is_netted_there():
    agency, case, payment = one_payment()
    pay(case, dt.date(2026, 3, 9), "1000.00", takes_back=payment)
    assert told(march_of(agency)) == [("commission", "1000.00", "100.00"), ("commission", "-1000.00", "-100.00")]


def test_a_payment_that_another_agency_was_paid_for_is_refused_by_name():
    jia, case, payment = one_payment()
    in_march = march_of(jia)
    # Somebody writes the history anew: the case was Yi's all along.
    yi = an_agency("yi")
    a_version(yi)
    case.custodies.filter(desk=jia.desk).update(desk=yi.desk)
    Placement.objects.create(
        batch=Placement.objects.get().batch, agency=yi, case=a_case(), loan=case.loan, stage=2, amount=Decimal(1),
        placed_on=dt.date(2026, 2, 20),
    )  # fmt: skip
    with pytest.raises(SettleRefused, match=r"有 1 笔还款已在 机构jia 2026-03 的结算单中计费"):
        march_of(yi)
    assert list(SettledRepayment.objects.values_list("repayment_id", "settlement_id")) == [(payment.pk, in_march.pk)]


def test_a_repayment_that_was_charged_cannot_be_deleted():
    agency, _case, payment = one_payment()
    march_of(agency)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM cases_repayment WHERE id = %s", [payment.pk])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE vendors_settlementline SET fee = fee + 1",
        "UPDATE vendors_settlementline SET state = 'proposed'",
        "DELETE FROM vendors_settlementline",
        "UPDATE vendors_settlement SET total = 0",
        "UPDATE vendors_settlement SET state = 'proposed'",
        "DELETE FROM vendors_settlement",
        "INSERT INTO vendors_settlementline"
        " (settlement_id, number, kind, amount, rate, base, pieces, event, fee, in_grace, state)"
        " SELECT id, 99, 'bonus', 0, 0, 0, 0, '', 5, false, 'accepted' FROM vendors_settlement",
    ],
)
def test_an_approved_statement_is_changed_by_nobody(statement, vendor_manager, finance):
    from vendors.settlement.states import approve, confirm

    agency, _case, _payment = one_payment()
    found = march_of(agency)
    confirm(settlement=found, accept_rest=True, actor=vendor_manager, now=SETTLED_MARCH)
    approve(settlement=found, actor=finance, now=SETTLED_MARCH)
    with pytest.raises((IntegrityError, DataError)), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_hashes_of_a_statement_are_written_once_and_none_is_kept_without():
    agency, _case, _payment = one_payment()
    made = march_of(agency)
    with pytest.raises(IntegrityError, match="frozen"), transaction.atomic():
        Settlement.objects.filter(pk=made.pk).update(digest="f" * 64)
    april = {name: getattr(made, name) for name in ("known_by", "versions", "score", "factor", "clawback_days")}
    april |= {"agency": agency, "period": dt.date(2026, 4, 1), "commission": 0, "total": 0, "tax_rate": 0, "tax": 0}
    with pytest.raises(IntegrityError, match="with its hashes"), transaction.atomic(), connection.cursor() as cursor:
        Settlement.objects.create(**april, made_at=made.made_at, digest="", facts_digest="f" * 64)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_killed_between_the_lines_and_their_repayments_there_is_nothing(monkeypatch):
    agency, _case, _payment = one_payment()

    def dead(**_columns: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(settling.audit, "record", dead)  # the last step of the transaction
        with pytest.raises(KeyboardInterrupt):
            march_of(agency)
    assert not Settlement.objects.exists()
    assert not SettlementLine.objects.exists() and not SettledRepayment.objects.exists()
    assert march_of(agency).total == Decimal("100.00")


def test_all_at_once_each_agency_has_its_statement_or_its_reason():
    jia, _case, _payment = one_payment("jia")
    yi, _case, _payment = one_payment("yi", "2000.00")
    bing = an_agency("bing")
    found = dict(settle_all(agencies=[jia, yi, bing], period=MARCH, actor=None, now=SETTLED_MARCH))
    assert [found[one].settlement.total for one in (jia, yi)] == [Decimal("100.00"), Decimal("300.00")]
    assert isinstance(found[bing], SettleRefused)
    assert all(check(found[one].settlement).holds for one in (jia, yi)), "by itself it comes out the same"


@pytest.mark.django_db(transaction=True)
def test_two_who_settle_at_once_make_one_statement():
    agency, _case, _payment = one_payment()

    def act() -> settling.Settled:
        return settle(agency=agency, period=MARCH, actor=None, now=SETTLED_MARCH)

    results = at_once(act, act, act, act)
    assert sorted(one.is_new for one in results) == [False, False, False, True]
    assert Settlement.objects.count() == SettlementLine.objects.count() == SettledRepayment.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_approve_at_once_one_is_told(vendor_manager, finance):
    from collection_ops.core.access import Role
    from tests.vendors.settlement.house import person
    from vendors.settlement.states import StateRefused, approve, confirm

    agency, _case, _payment = one_payment()
    found, other = march_of(agency), person("other.finance", Role.FINANCE)
    confirm(settlement=found, accept_rest=True, actor=vendor_manager, now=SETTLED_MARCH)
    results = at_once(
        *[lambda who=who: approve(settlement=found, actor=who, now=SETTLED_MARCH) for who in (finance, other)]
    )
    (refused,) = [one for one in results if isinstance(one, StateRefused)]
    assert "现在是“已批准”" in str(refused)
    assert Settlement.objects.get().approved_by in (finance, other)


@pytest.mark.parametrize("seed", range(6))
def test_whatever_happens_every_payment_is_charged_once_and_all_money_is_told(seed, collector):
    """Cases wander between the pool, a collector and two agencies, one of them with days of grace; money comes, some of it
    told late, and some is taken back."""
    chance = random.Random(seed)
    agencies = [an_agency("jia"), an_agency("yi")]
    for agency in agencies:
        method = chance.choice(["whole", "progressive"])
        a_version(agency, {"bands": [("0", "0.1"), ("0.02", "0.15"), ("0.2", "0.3")], "method": method})
        give(agency, a_case())  # something is always in hand
    set_desk_grace(
        desk=agencies[0].desk, days=chance.choice([3, 10]), effective_from=JANUARY, actor=None, now=at(JANUARY)
    )
    payments: list[Repayment] = []
    for _n in range(8):
        case, day, left = a_case("20000.00"), dt.date(2026, 2, 10), list(agencies)
        holder: Agency | None = None
        while day < dt.date(2026, 4, 25):
            target = chance.choice([*left, desk_of(collector), pool_desk()])
            if holder is not None:
                recall(holder, case, day, hour=9)
                holder = None
            if isinstance(target, Agency):
                left.remove(target)
                give(target, case, on=day, hour=chance.choice([10, 15]))
                holder = target
            else:
                move_cases(cases=[case.pk], desk=target, reason="move", actor=None, now=at(day, 11))
            end = day + dt.timedelta(days=chance.randint(3, 25))
            for _payment in range(chance.randint(0, 4)):
                paid_on = min(day + dt.timedelta(days=chance.randint(0, 24)), dt.date(2026, 4, 30))
                if paid_on.month < 3:
                    continue
                late = at(dt.date(2026, 4, 20)) if paid_on.month == 3 and chance.random() < 0.2 else None
                payments.append(pay(case, paid_on, f"{chance.randint(1, 500_000) / 100:.2f}", told=late))
            day = end
    for original in chance.sample(payments, len(payments) // 4):
        back = min(original.paid_on + dt.timedelta(days=chance.randint(0, 20)), dt.date(2026, 4, 30))
        case = Case.objects.get(loan_id=original.loan_id)
        pay(
            case,
            back,
            str(original.amount),
            takes_back=original,
            told=max(at(back, 21), chance.choice([original.recorded_at, at(dt.date(2026, 4, 20))])),
        )

    totals = {one: settle(agency=one, period=MARCH, actor=None, now=SETTLED_MARCH).settlement.total for one in agencies}
    for one in agencies:
        totals[one] += settle(agency=one, period=APRIL, actor=None, now=SETTLED_APRIL).settlement.total

    both = {"first": MARCH, "last": dt.date(2026, 4, 30)}
    expected = money_by_desk(**both)
    desks = {one.desk_id for one in agencies}
    mine = {line.repayment_id for line in credited_to_desks(**both, desks=desks)}
    assert mine == set(SettledRepayment.objects.values_list("repayment_id", flat=True)), "each once, none left out"
    assert not mine & {line.repayment_id for line in credited(**both, users=[collector.pk])}, "none a collector's"
    for one in agencies:
        lines = SettlementLine.objects.filter(settlement__agency=one)
        of_money = lines.filter(kind__in=["commission", "clawback", "not_taken_back"])
        told_of_it = of_money.aggregate(found=Sum("amount"))["found"] or 0
        assert told_of_it == expected.get(one.desk_id, 0), "every yuan is told, as often as it came"
        assert (lines.aggregate(found=Sum("fee"))["found"] or 0) == totals[one]
    assert all(check(found).holds for found in Settlement.objects.select_related("agency__desk"))
