"""A planted pattern is found, noise is not, and nothing is said of small or protected groups."""

import numpy as np
import pandas as pd
import pytest

from reports.patterns.attributes import ATTRIBUTES, BY_CODE, is_usable, may_be_described, protected
from reports.patterns.decide import LEAST_SUPPORT, Finding, find_patterns
from reports.patterns.tree import grow

USED = [one for one in ATTRIBUTES if one.code in ("product", "stage", "amount", "debts", "region", "contact")]


def noise(seed: int, size: int = 1200) -> pd.DataFrame:
    """Nothing has to do with anything: 30 % are cured, 20 % roll."""
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "loan": range(size),
            "product": random.choice(["卡", "贷", "分期"], size),
            "region": random.choice(["东", "西"], size),
            "stage": random.choice(["M1", "M2", "M3"], size),
            "amount": random.choice(["0", "1000", "5000"], size),
            "debts": random.choice(["1", "2"], size),
            "contact": random.choice(["none", "tried", "reached"], size),
            "cured": pd.Series(random.random(size) < 0.3, dtype=object),
            "rolled": pd.Series(random.random(size) < 0.2, dtype=object),
        }
    )


def planted(seed: int = 1, size: int = 1200) -> pd.DataFrame:
    """Whoever has the one product and was reached is cured in four of five cases; everybody else as before."""
    frame = noise(seed, size)
    random = np.random.default_rng(seed + 1000)
    special = (frame["product"] == "贷") & (frame["contact"] == "reached")
    frame.loc[special, "cured"] = random.random(int(special.sum())) < 0.8
    return frame


def found(frame: pd.DataFrame, before: pd.DataFrame | None = None) -> list[Finding]:
    return find_patterns(frame, before, attributes=USED).findings


def test_a_planted_pair_is_found_with_its_lift_and_interval():
    findings = [one for one in found(planted()) if one.outcome == "cured" and len(one.parts) == 2]
    (pair,) = [one for one in findings if set(one.parts) == {("product", "贷"), ("contact", "reached")}]
    assert pair.q < 0.001 and pair.share > 0.7 and pair.size > 100
    low, high = pair.interval
    assert 1.5 < low < pair.lift < high
    assert pair.difference[0] > 0.3
    assert findings == [pair], "no other pair says more than its parts"


def test_of_noise_almost_nothing_is_found_although_hundreds_of_comparisons_are_made():
    results = [find_patterns(noise(seed), attributes=USED) for seed in range(40)]
    assert all(one.tested > 60 for one in results)
    with_findings = sum(bool(one.findings) for one in results)
    # All hypotheses hold, so a data set with any finding is a false discovery: 10 % of 40, and two spreads above.
    assert with_findings <= 8, with_findings


def test_twin_without_the_correction_noise_is_full_of_findings():
    uncorrected = [
        sum(one.p <= 0.05 for one in _tested(noise(seed))) for seed in range(5)
    ]  # fmt: skip
    assert min(uncorrected) >= 1 and sum(uncorrected) > 10


def _tested(frame: pd.DataFrame) -> list[Finding]:
    from reports.patterns.decide import _tests

    return _tests(frame, "cured", USED, LEAST_SUPPORT, int(frame["cured"].astype(bool).sum()))


def test_the_order_of_the_rows_says_nothing():
    frame = planted()
    shuffled = frame.sample(frac=1, random_state=3).reset_index(drop=True)
    assert found(frame) == found(shuffled)
    assert grow(frame, "cured", attributes=USED) == grow(shuffled, "cured", attributes=USED)


def test_a_group_below_the_least_support_is_not_shown_however_striking():
    frame = noise(2)
    frame.loc[: LEAST_SUPPORT - 2, "product"] = "稀"
    frame.loc[: LEAST_SUPPORT - 2, "cured"] = True
    assert not [one for one in found(frame) if ("product", "稀") in one.parts]
    frame.loc[:60, "product"] = "稀"
    frame.loc[:60, "cured"] = True
    assert [one for one in found(frame) if ("product", "稀") in one.parts]
    assert all(one.size >= LEAST_SUPPORT for one in found(frame))


def test_what_the_month_before_contradicts_is_said_to_be_unstable():
    frame = planted()
    assert {one.stability for one in found(frame)} == {"unknown"}
    by_parts = {one.parts: one.stability for one in found(frame, planted(seed=7)) if one.outcome == "cured"}
    assert by_parts[("product", "贷"), ("contact", "reached")] == "stable"
    against = {one.parts: one for one in found(frame, noise(7)) if one.outcome == "cured"}
    pair = against[("product", "贷"), ("contact", "reached")]
    assert pair.stability == "unstable" and pair.before is not None
    thin = {one.parts: one.stability for one in found(frame, noise(7, size=80)) if one.outcome == "cured"}
    assert thin[("product", "贷"), ("contact", "reached")] == "thin"


def test_a_protected_attribute_is_described_at_most_and_never_combined():
    frame = noise(3)
    frame.loc[frame["region"] == "东", "cured"] = True
    findings = found(frame)
    (east,) = [one for one in findings if one.outcome == "cured" and ("region", "东") in one.parts]
    assert east.is_protected and len(east.parts) == 1
    assert not [one for one in findings if len(one.parts) == 2 and "region" in dict(one.parts)]
    asked = {branch.question.attribute for branch in grow(frame, "cured", attributes=USED) if branch.question}
    assert "region" not in asked


def test_the_law_is_a_list_with_a_reason_for_each_and_most_of_it_is_not_even_looked_at():
    listed = protected()
    assert {"sex", "age", "ethnicity", "religion", "marital_status", "health", "region"} <= set(listed)
    assert all(one.reason and one.label for one in listed.values())
    assert [code for code in listed if may_be_described(code)] == ["region"]
    assert not set(listed) & {one.code for one in ATTRIBUTES if is_usable(one.code)}
    frame = noise(4).assign(sex=["男", "女"] * 600)
    frame.loc[frame["sex"] == "男", "cured"] = True
    sex = type(BY_CODE["product"])("sex", "性别", "sex")
    assert not [one for one in find_patterns(frame, attributes=[*USED, sex]).findings if "sex" in dict(one.parts)]


def test_two_names_of_one_group_are_told_once_and_two_of_a_family_are_not_combined():
    frame = noise(5)
    frame["days"] = frame["stage"].map({"M1": "16", "M2": "31", "M3": "61"})
    frame.loc[frame["stage"] == "M3", "cured"] = False
    with_days = [*USED, BY_CODE["days"]]
    findings = [one for one in find_patterns(frame, attributes=with_days).findings if one.outcome == "cured"]
    assert [one.parts for one in findings if len(one.parts) == 1][:1] == [(("stage", "M3"),)]
    assert not [one for one in findings if ("days", "61") in one.parts]


def test_an_empty_cohort_and_one_without_any_outcome_say_nothing():
    frame = noise(6)
    assert find_patterns(frame.iloc[:0], attributes=USED).findings == []
    frame["cured"], frame["rolled"] = False, None
    nothing = find_patterns(frame, attributes=USED)
    assert nothing.findings == [] and nothing.tested == 0 and nothing.rates == {"cured": (0, 1200), "rolled": (0, 0)}
    assert len(grow(frame, "cured", attributes=USED)) == 1


def test_the_tree_asks_what_was_planted_and_keeps_its_leaves_large():
    branches = grow(planted(), "cured", attributes=USED)
    asked = {branch.question.attribute for branch in branches if branch.question}
    assert asked == {"product", "contact"}
    best = max(branches, key=lambda one: one.hits / one.size)
    assert best.hits / best.size > 0.7
    assert all(branch.size >= LEAST_SUPPORT for branch in branches)
    parents = {branch.parent for branch in branches if branch.parent is not None}
    for parent in parents:
        below = [one for one in branches if one.parent == parent]
        assert len(below) == 2 and below[0].is_yes and not below[1].is_yes
        assert sum(one.size for one in below) == branches[parent].size
        assert sum(one.hits for one in below) == branches[parent].hits


@pytest.mark.parametrize("seed", range(5))
def test_of_noise_the_tree_stays_a_stump(seed: int):
    assert len(grow(noise(seed), "cured", attributes=USED)) <= 7


def test_an_unknown_value_is_no_group():
    frame = planted()
    frame.loc[:200, "product"] = "?"
    frame.loc[:200, "cured"] = True
    assert not [one for one in found(frame) if ("product", "?") in one.parts]
