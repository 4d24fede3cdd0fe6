"""The form and the score, by examples worked out by hand."""

import json
from decimal import Decimal
from typing import Any

import pytest

from compliance.quality.agreement import agreement
from compliance.quality.form import read_form
from compliance.quality.refusals import QualityRefused
from compliance.quality.scoring import score
from compliance.reference import SHIPPED


def body(**changes: Any) -> dict[str, Any]:
    return {
        "pass_mark": 70,
        "sections": [
            {"code": "a", "label": "开场", "items": [
                {"code": "who", "label": "自报身份", "weight": 10, "na": False},
                {"code": "id", "label": "核实身份", "weight": 20, "na": True},
            ]},
            {"code": "b", "label": "记录", "items": [{"code": "note", "label": "催记相符", "weight": 30, "na": True}]},
        ],
        "critical": [{"code": "threat", "label": "威胁辱骂"}],
        **changes,
    }  # fmt: skip


FORM = read_form(body())


@pytest.mark.parametrize(
    ("answers", "expected", "passed"),
    [
        ({"who": 2, "id": 2, "note": 2}, "100.00", True),
        # 10 × 2/2 + 20 × 1/2 + 30 × 2/2 = 50 of 60
        ({"who": 2, "id": 1, "note": 2}, "83.33", True),
        # the note does not apply: 10 + 10 of 30, not of 60
        ({"who": 2, "id": 1, "note": None}, "66.67", False),
        ({"who": 0, "id": None, "note": None}, "0.00", False),
        # exactly the mark: 5 + 7 … 10 × 1/2 + 20 × 2/2 + 30 × 1/2 = 40 of 60 is below, 42 of 60 cannot be had by levels
        ({"who": 1, "id": 2, "note": 1}, "66.67", False),
    ],
)
def test_the_score_is_the_share_of_the_points_that_apply(answers: Any, expected: str, passed: bool) -> None:
    found = score(FORM, answers)
    assert (found.score, found.passed, found.open) == (Decimal(expected), passed, ())


def test_the_pass_mark_itself_passes_and_a_cent_below_does_not() -> None:
    at, below = read_form(body(pass_mark=83)), read_form(body(pass_mark=84))
    answers = {"who": 2, "id": 1, "note": 2}
    assert (score(at, answers).passed, score(below, answers).passed) == (True, False)


def test_any_critical_error_makes_the_score_nought_and_an_unknown_one_does_not() -> None:
    whole = {"who": 2, "id": 2, "note": 2}
    assert (score(FORM, whole, ["threat"]).score, score(FORM, whole, ["threat"]).passed) == (Decimal("0.00"), False)
    assert score(FORM, whole, ["no such"]).score == 100


def test_what_has_no_answer_yet_is_named_and_left_out_of_the_running_total() -> None:
    assert score(FORM, {"who": 1}).open == ("id", "note")
    assert score(FORM, {"who": 1}).score == 50
    assert score(FORM, {}).score is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sections": []}, "至少要有一个评分项"),
        ({"pass_mark": 0}, "1 至 100"),
        ({"pass_mark": True}, "1 至 100"),
        ({"critical": [{"code": "x", "label": "甲"}, {"code": "x", "label": "乙"}]}, "重复的代码"),
        ({"sections": [{"code": "a", "label": "甲", "items": [{"code": "i", "label": "乙", "weight": 5, "na": True}]}]},
        "不适用"), ({"sections": [{"code": "a", "label": "甲", "items": [{"code": "i", "label": " ", "weight": 5}]}]},
        "名称"), ({"sections": [{"code": "a", "label": "甲", "items": [{"code": "i", "label": "乙", "weight": 0}]}]},
        "分值"), ],
)  # fmt: skip
def test_a_form_that_cannot_be_scored_is_refused(changes: Any, words: str) -> None:
    with pytest.raises(QualityRefused, match=words):
        read_form(body(**changes))


def test_the_shipped_form_adds_up_to_a_hundred_and_names_six_critical_errors() -> None:
    form = read_form(json.loads((SHIPPED / "score_form.json").read_text(encoding="utf-8")))
    assert sum(item.weight for item in form.items) == 100
    assert len(form.sections) == 6
    assert [one.code for one in form.critical] == [
        "threat", "disclosure", "impersonation", "false_promise", "push_to_borrow", "forbidden_time",
    ]  # fmt: skip
    assert all(item.name_en for item in form.items)


def test_kappa_by_the_textbook() -> None:
    """20 both yes, 5 yes/no, 10 no/yes, 15 both no: observed 0.7, by chance 0.5 × 0.6 + 0.5 × 0.4 = 0.5, kappa 0.4."""
    pairs = [(True, True)] * 20 + [(True, False)] * 5 + [(False, True)] * 10 + [(False, False)] * 15
    found = agreement(pairs)
    assert found.pairs == 50
    assert found.exact == pytest.approx(0.7)
    assert found.kappa == pytest.approx(0.4)


def test_kappa_is_one_in_full_agreement_below_nought_in_none_and_undefined_without_any_difference() -> None:
    assert agreement([(True, True), (False, False)]).kappa == pytest.approx(1)
    assert agreement([(True, False), (False, True)]).kappa == pytest.approx(-1)
    same = agreement([(True, True)] * 4)
    assert (same.exact, same.kappa) == (1, None)
    assert agreement([]) == type(same)(0, None, None)
