"""Forbidden words are found however they are written, only where they are words, and in many notes as in one."""

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.benchmarks.wording import made_notes
from compliance.rules.plain_text import plain, plain_with_places
from compliance.rules.wording import find_wording, lexicon, lexicon_names
from compliance.rules.wording_many import AT_ONCE, scan


def found(text: str, audience: str = "note") -> list[tuple[str, str]]:
    return [(hit.category.code, text[hit.start : hit.end]) for hit in find_wording(text, audience=audience)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "written",
    ["老赖", "老賴", "老 赖", "老*赖", "老\u200b赖", "老・・賴".replace("・", "·"), "老.赖", "老\u3000赖"],
)
def test_other_writings_hide_no_word_and_the_hit_stands_where_it_is_written(written: str) -> None:
    text = f"和他说：{written}，再不还就起诉"
    assert found(text) == [("B01.2", written)]
    (hit,) = find_wording(text, audience="note")
    assert hit.hidden == (written != "老赖")


def test_full_width_letters_and_capitals_are_letters() -> None:
    assert found("ＳＢ一个") == [("B01.2", "ＳＢ")]
    assert found("用USB充电") == []


def test_two_words_that_meet_are_no_third_one() -> None:
    assert found("他很老，赖账多年") == [], "a sentence ends between them"
    assert found("客户百无聊赖", audience="debtor") == []
    assert found("我们已经侦察过", audience="debtor") == []
    assert found("报告给经侦", audience="debtor") == [("B01.1", "经侦")]
    assert found("别人肉疼") == [] and found("人肉他") == [("B01.2", "人肉")]


def test_a_note_that_tells_of_talking_to_others_about_the_debt_is_flagged() -> None:
    assert found("已告知其父亲欠款情况") == [("P03.told", "告知其父亲欠款")]
    assert found("未告知其父亲欠款情况") == []
    assert found("客户自己告诉父亲欠款的事") == []
    assert found("以法院名义通知") == [("B01.posed", "以法院名义")]


def test_many_notes_give_what_each_gives_alone() -> None:
    notes = made_notes(AT_ONCE * 2 + 7, Random(3))
    alone = {number: hits for number, note in enumerate(notes) if (hits := find_wording(note, audience="note"))}
    assert dict(scan(notes, audience="note")) == alone
    assert len(alone) > 5


def test_a_note_does_not_lend_its_end_to_the_next() -> None:
    assert list(scan(["说他老", "赖账"], audience="note")) == []


@pytest.mark.parametrize("name", lexicon_names())
def test_whatever_a_pattern_finds_holds_an_anchor_of_its_category(name: str) -> None:
    for category in lexicon(name).categories:
        for pattern in category.patterns if category.anchors else ():
            check = given(st.from_regex(pattern, fullmatch=True))(holding(category.anchors))
            settings(max_examples=40, deadline=None, database=None)(check)()


def holding(anchors: tuple[str, ...]) -> Callable[[str], None]:
    def holds(text: str) -> None:
        assert any(anchor in text for anchor in anchors), (anchors, text)

    return holds


@given(st.text(alphabet="老赖賴*. ，A\u200b好", max_size=30))
def test_places_lead_from_the_text_as_it_is_read_to_the_text(text: str) -> None:
    read, places = plain_with_places(text)
    assert read == plain(text)
    assert len(places) == len(read) and places == sorted(places)
    assert [plain(text[place]) for place in places] == list(read)
