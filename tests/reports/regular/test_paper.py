"""The document itself: canonical, without a language, hashed."""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import translation

from reports.regular import words
from reports.regular.paper import Column, Figure, Paper, Section, Table, Text, canonical, digest, rate
from reports.regular.periods import Period, Rhythm, after, before, last_complete, within

DAY = dt.date(2026, 3, 31)


def paper(value: Decimal = Decimal("1234.50")) -> Paper:
    table = Table(
        "t", "阶段分布", [Column("逾期阶段"), Column("件数", "integer")], [["M1", 3], ["合计", 3]], has_total=True
    )
    section = Section("book", "欠款额", figures=[Figure("total", "逾期总额", value, "money")], tables=[table])
    return Paper("daily", DAY, DAY, DAY, [Text("没有数据。")], [section])


def test_the_same_paper_has_the_same_text_whatever_the_order_of_its_keys_and_another_figure_another_hash():
    one = paper()
    shuffled = dict(reversed(one.to_json().items()))
    assert canonical(shuffled) == one.canonical()
    assert one.digest == digest(shuffled) == paper().digest
    assert paper(Decimal("1234.51")).digest != one.digest


def test_an_amount_keeps_its_places_and_a_float_is_refused():
    assert '"value":"1234.50"' in paper().canonical()
    assert '"value":"100"' in paper(Decimal("1E+2")).canonical()
    with pytest.raises(TypeError, match="float"):
        paper(1234.5).to_json()  # type: ignore[arg-type]


def test_a_sentence_is_said_in_the_readers_language_with_its_values():
    text = {"msgid": "数据日 %(day)s：在催 %(count)s 件，逾期总额 %(total)s 元。",
            "values": {"day": ["date", "2026-03-31"], "count": ["integer", 1234], "total": ["money", "5.00"]}}  # fmt: skip
    assert words.said(text) == "数据日 2026-03-31：在催 1,234 件，逾期总额 5.00 元。"
    with translation.override("en"):
        assert words.said(text) == "Business date 2026-03-31: 1,234 debts, CNY 5.00 overdue."
        assert words.said({"msgid": "一句从前的话 %(n)s", "values": {"n": ["integer", 2]}}) == "一句从前的话 2", (
            "a sentence that no catalogue knows any more stays readable"
        )


def test_nothing_is_a_dash_and_never_a_nought():
    assert [words.shown(kind, None) for kind in ("money", "integer", "percent", "date")] == ["–"] * 4
    assert words.shown("percent", "0.125") == "12.5%"
    assert rate(1, 0) is None
    assert rate(1, 3) == Decimal("0.333333")


def test_periods_are_whole_days_weeks_and_months():
    assert last_complete(Rhythm.WEEK, dt.date(2026, 3, 30)) == Period(dt.date(2026, 3, 23), dt.date(2026, 3, 29))
    assert last_complete(Rhythm.MONTH, dt.date(2026, 3, 1)) == Period(dt.date(2026, 2, 1), dt.date(2026, 2, 28))
    march = Period(dt.date(2026, 3, 1), DAY)
    assert before(Rhythm.MONTH, after(Rhythm.MONTH, march)) == march
    assert within(Rhythm.WEEK, dt.date(2026, 3, 3), dt.date(2026, 3, 15)) == [
        Period(dt.date(2026, 3, 9), dt.date(2026, 3, 15))
    ], "a week that begins before the range is not in it"
    assert within(Rhythm.MONTH, dt.date(2026, 3, 2), DAY) == []
