"""Own team against agencies: worked by hand."""

from decimal import Decimal

from reports.dashboards.agencies import Held, compare


def held(party: str, stage: str, money: str, owed: str, debts: int, product: str = "card") -> Held:
    return Held(party, stage, product, Decimal(money), Decimal(owed), debts)


def test_the_one_with_heavier_debts_may_be_better_though_its_rate_is_lower():
    # M1 pays 50 % with the pool, M6 10 %: (500 + 90) / (1000 + 200), (20 + 110) / (200 + 1100).
    rows = [
        held("", "M1", "500", "1000", 50), held("", "M6", "20", "300", 50),
        held("a", "M1", "90", "200", 50), held("a", "M6", "130", "1200", 50),
    ]  # fmt: skip
    best, other = compare(rows, least=10)
    own, agency = (best, other) if best.party == "" else (other, best)
    assert own.rate > agency.rate
    m1, m6 = Decimal(590) / 1200, Decimal(150) / 1500
    assert own.expected == (1000 * m1 + 300 * m6).quantize(Decimal("0.01"))
    assert agency.expected == (200 * m1 + 1200 * m6).quantize(Decimal("0.01"))
    assert (best.party, best.rank, other.rank) == ("a", 1, 2), "more than the pool on what it has"
    assert agency.adjusted == (Decimal(220) / (200 * m1 + 1200 * m6) * Decimal(740) / 2700).quantize(
        Decimal("0.000001")
    )


def test_what_all_are_expected_to_recover_is_what_all_did_also_where_strata_are_small():
    rows = [
        held("", "M1", "500", "1000", 40), held("", "M1", "7", "20", 3, "rare"), held("", "M2", "5", "60", 4),
        held("a", "M1", "90", "200", 40), held("a", "M1", "1", "50", 2, "other"), held("a", "M3", "0", "70", 5),
        held("b", "M3", "9", "10", 1, "rare"),
    ]  # fmt: skip
    for least in (1, 5, 10, 50, 1000):
        found = compare(rows, least=least)
        assert abs(sum(one.expected for one in found) - 612) <= Decimal("0.02"), least


def test_who_has_few_debts_is_shown_last_and_not_ranked():
    rows = [held("", "M1", "10", "1000", 50), held("a", "M1", "90", "100", 3), held("b", "M1", "20", "1000", 50)]
    found = compare(rows, least=10)
    assert [(one.party, one.rank) for one in found] == [("b", 1), ("", 2), ("a", None)]
    assert found[-1].index is not None, "its figures are there"


def test_nothing_owed_is_no_rate():
    (one,) = compare([held("", "M1", "0", "0", 40)], least=10)
    assert (one.rate, one.index, one.adjusted, one.rank) == (None, None, None, None)
    assert compare([], least=10) == []
