"""The arithmetic against published and hand-computed numbers."""

import pytest

from reports.patterns.stats import benjamini_hochberg, fisher, newcombe, two_shares, wilson


def test_wilsons_interval_is_the_published_one():
    # Newcombe 1998, table I: 81 of 263.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert wilson(29, 29) == pytest.approx((0.8830, 1.0), abs=5e-5)
    assert wilson(0, 0) == (0.0, 1.0)


def test_newcombes_interval_of_a_difference_is_the_published_one():
    # Newcombe 1998, table II, method 10: 56/70 - 48/80.
    assert newcombe(56, 70, 48, 80) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_fishers_test_on_the_lady_tasting_tea():
    assert fisher(3, 4, 1, 4) == pytest.approx(0.4857, abs=5e-5)
    assert fisher(4, 4, 0, 4) == pytest.approx(0.0286, abs=5e-5)
    assert two_shares(3, 4, 1, 4) == fisher(3, 4, 1, 4), "few are expected: exact"


def test_large_groups_are_tested_by_the_normal_distribution_and_nothing_is_compared_with_nothing():
    assert two_shares(60, 100, 40, 100) == pytest.approx(0.00468, abs=5e-6)
    assert two_shares(0, 0, 1, 2) == 1.0
    assert two_shares(5, 5, 7, 7) == 1.0


def test_benjamini_and_hochberg_by_hand():
    assert benjamini_hochberg([0.01, 0.04, 0.03, 0.20]) == pytest.approx([0.04, 0.16 / 3, 0.16 / 3, 0.20])
    assert benjamini_hochberg([]) == []
