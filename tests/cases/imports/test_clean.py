"""One cell in, one value out; what could mean two things is reported."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.imports.cleaning.clean import (
    Cleaned,
    clean_column,
    clean_contract,
    clean_date,
    clean_days,
    clean_id_no,
    clean_money,
    clean_name,
    clean_phone,
    clean_stage,
    clean_text,
    id_key,
)
from cases.imports.reading.prescan import NOT_COMPUTED


def said(cleaned: Cleaned) -> str:
    """``error:code`` or ``warning:code`` of the only finding; empty when there is none."""
    return " ".join(f"{finding.severity}:{finding.code}" for finding in cleaned.findings)


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("12,345.67", "12345.67"),
        ("¥12,345.67", "12345.67"),
        ("￥1,234", "1234.00"),
        ("12345.67元", "12345.67"),
        ("1.2万", "12000.00"),
        ("1.25万元", "12500.00"),
        ("（1,234.50）", "-1234.50"),
        ("-1,234.50", "-1234.50"),
        ("1234.50-", "-1234.50"),
        ("−¥12", "-12.00"),
        ("1 234.50", "1234.50"),
        ("１２３４５．６７", "12345.67"),
        ("１，０００", "1000.00"),
        ("RMB 8888.00", "8888.00"),
        ("8888.00 CNY", "8888.00"),
        ("人民币3000元整", "3000.00"),
        ("1E+04", "10000.00"),
        (" 0.1\t", "0.10"),
        ('="0012.5"', "12.50"),
        (12345.678, "12345.68"),
        (0.125, "0.13"),
        (1.005, "1.01"),
        (-0.0, "0.00"),
        (7, "7.00"),
    ],
)
def test_amounts_as_people_write_them(cell: Any, amount: str):
    assert clean_money(cell) == Cleaned(Decimal(amount))
    assert str(clean_money(cell).value) == amount


@pytest.mark.parametrize(
    "cell",
    [
        *("-", "无", "USD 500", "壹万贰仟元整", "12,34", "1,2345", "12%", "--5", "(-5)", "万", "1.2.3", "12 34"),
        *(True, dt.date(2026, 3, 5), float("nan"), float("inf"), "1e308"),
    ],
)
def test_what_is_no_amount_is_reported_and_never_guessed(cell: Any):
    cleaned = clean_money(cell)
    assert cleaned.value is None
    assert said(cleaned) == "error:amount_unreadable"


@pytest.mark.parametrize("cleaner", [clean_money, clean_date, clean_days])
def test_a_formula_without_a_result_keeps_the_row_out_where_it_is_reckoned_with(cleaner: Any):
    assert said(cleaner(NOT_COMPUTED)) == "error:formula_not_computed"
    assert said(cleaner("#REF!")) == said(cleaner("＃N/A")) == "error:formula_error"


@pytest.mark.parametrize("cleaner", [clean_name, clean_contract, clean_text, clean_id_no, clean_phone, clean_stage])
def test_a_formula_without_a_result_is_never_taken_for_a_word(cleaner: Any):
    cleaned = cleaner(NOT_COMPUTED)
    assert cleaned.value is None
    assert said(cleaned).endswith(":formula_not_computed")
    assert cleaner("#REF!").value is None


def test_an_amount_no_debt_can_have_is_reported():
    assert said(clean_money(1e12)) == "error:amount_too_large"
    assert said(clean_money(1e308)) == "error:amount_too_large"


def test_the_unit_of_the_heading_counts_unless_the_cell_has_its_own():
    wan = Decimal(10_000)
    assert clean_money(1.2345678, unit=wan).value == Decimal("12345.68")
    assert clean_money("3", unit=wan).value == Decimal("30000.00")
    assert clean_money("3元", unit=wan).value == Decimal("3.00")
    assert clean_money("3万元", unit=wan).value == Decimal("30000.00")


@given(st.decimals(min_value=-999_999_999, max_value=999_999_999, places=2))
def test_an_amount_of_two_places_survives_every_writing(amount: Decimal):
    for cell in (float(amount), str(amount), f"{amount:,}", f"¥{amount:,}元"):
        assert clean_money(cell).value == amount, cell


@pytest.mark.parametrize(
    "cell",
    [
        *(
            "2026年3月5日",
            "2026年03月05号",
            "2026-03-05",
            "2026/3/5",
            "2026.3.5",
            "2026\\3\\05",
            "20260305",
            " 2026-03-05 ",
        ),
        *("2026-03-05 00:00:00", "2026-03-05T23:59:59", "２０２６－０３－０５", "46086", "20260305.0"),
        *(20260305, 20260305.0, 46086, 46086.75, dt.date(2026, 3, 5), dt.datetime(2026, 3, 5, 23, 59, 59)),
    ],
)
def test_days_as_people_and_programs_write_them(cell: Any):
    assert clean_date(cell) == Cleaned(dt.date(2026, 3, 5))


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("2026-02-30", "date_impossible"),
        (20261301, "date_impossible"),
        ("3月5日", "date_without_year"),
        ("05/03/26", "date_ambiguous"),
        ("05/03/2026", "date_ambiguous"),
        ("待定", "date_unreadable"),
        ("202603", "date_unreadable"),
        (61.0, "date_unreadable"),
        (1e300, "date_unreadable"),
        (True, "date_unreadable"),
        ("0000-00-00", "date_impossible"),
        (dt.date(1899, 12, 31), "date_out_of_range"),
        ("2206-03-05", "date_out_of_range"),
    ],
)
def test_what_is_no_day_is_reported_and_never_guessed(cell: Any, code: str):
    assert clean_date(cell).value is None
    assert said(clean_date(cell)) == f"error:{code}"


@pytest.mark.parametrize(
    ("cell", "days"), [(60, 60), (61.0, 61), ("60天", 60), ("６０", 60), ("61.0", 61), (-3, -3), ("0", 0)]
)
def test_days_past_due_are_whole_numbers(cell: Any, days: int):
    assert clean_days(cell) == Cleaned(days)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("九十", "days_unreadable"),
        (60.5, "days_not_whole"),
        ("60.5天", "days_not_whole"),
        (dt.date(1900, 3, 1), "days_unreadable"),
    ],
)
def test_other_days_past_due_are_reported(cell: Any, code: str):
    assert said(clean_days(cell)) == f"error:{code}"


@pytest.mark.parametrize(
    ("cell", "numbers"),
    [
        ("15444365243", ["15444365243"]),
        ("+8615444365243", ["15444365243"]),
        ("+86 154 4436 5243", ["15444365243"]),
        ("0086-15444365243", ["15444365243"]),
        ("8615444365243", ["15444365243"]),
        ("154-4436-5243", ["15444365243"]),
        ("1544 436 5243", ["15444365243"]),
        (15444365243.0, ["15444365243"]),
        ("15444365243.0", ["15444365243"]),
        ("１５４４４３６５２４３", ["15444365243"]),
        ("15444365243（本人）", ["15444365243"]),
        ("手机：15444365243", ["15444365243"]),
        ("15411819983/15423870697", ["15411819983", "15423870697"]),
        ("15411819983、15423870697", ["15411819983", "15423870697"]),
        ("15411819983 15423870697", ["15411819983", "15423870697"]),
        ("15411819983,15411819983", ["15411819983"]),
        ("手机15411819983；家0755-88881234", ["15411819983", "0755-88881234"]),
        ("021-55556666", ["021-55556666"]),
        ("（0755）8888 1234转801", ["0755-88881234-801"]),
        ("010-82345678-12", ["010-82345678-12"]),
        ("4008123123", ["4008123123"]),
        ("400-812-3123", ["4008123123"]),
        ("+852 9123 4567", ["+85291234567"]),
    ],
)
def test_all_numbers_of_a_cell_that_can_be_dialled(cell: Any, numbers: list[str]):
    assert clean_phone(cell) == Cleaned(numbers)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("1546916248", "phone_unusable"),
        ("138****1234", "phone_masked"),
        ("无", "phone_unusable"),
        ("88881234", "phone_unusable"),
        ("154443652430", "phone_unusable"),
        ("1.54444E+10", "scientific_notation"),
        (1.5e16, "scientific_notation"),
        (dt.date(2026, 3, 5), "phone_unusable"),
    ],
)
def test_a_bad_phone_is_a_warning_since_the_debt_is_real(cell: Any, code: str):
    assert clean_phone(cell).value is None
    assert said(clean_phone(cell)) == f"warning:{code}"


def test_a_cell_with_one_good_and_one_bad_number_keeps_the_good_one():
    cleaned = clean_phone("15444365243/1546916248")
    assert cleaned.value == ["15444365243"]
    assert said(cleaned) == "warning:phone_partly"


@pytest.mark.parametrize("cell", ["1.10E+17", "1.1010519491231E+17", 1.10105194912310e17, 110105194912310021])
def test_an_id_that_has_lost_its_figures_is_reported_and_never_repaired(cell: Any):
    assert clean_id_no(cell).value is None
    assert said(clean_id_no(cell)) == "warning:scientific_notation"


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("33000020020714862０", "330000200207148620"),
        ("34000019821104405x", "34000019821104405X"),
        ("３４００００１９８２１１０４４０５Ｘ", "34000019821104405X"),
        (" 330000 20020714 8620 ", "330000200207148620"),
        ("'330000200207148620", "330000200207148620"),
        ("330000-20020714-8620", "330000200207148620"),
        (110101491231002.0, "110101491231002"),
        ("E12345678", "E12345678"),
        ("H08123456(2)", "H08123456(2)"),
    ],
)
def test_ids_in_their_writings(cell: Any, text: str):
    assert clean_id_no(cell) == Cleaned(text)


def test_a_masked_id_is_none():
    assert clean_id_no("330000********8620").value is None


def test_both_generations_of_an_id_meet_in_one_key():
    assert id_key("110101491231002") == "110101194912310024"
    assert id_key("110101194912310024") == "110101194912310024"


@pytest.mark.parametrize("wrong", ["330000200207148621", "330000200213148620", "33000020020714862", "", "E12345678"])
def test_an_id_with_a_wrong_check_digit_or_birthday_finds_nobody(wrong: str):
    assert id_key(wrong) is None


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("王𬸦", "王𬸦"),
        ("𠮷田一郎", "𠮷田一郎"),
        ("阿依古丽•买买提", "阿依古丽·买买提"),
        ("阿依古丽・买买提", "阿依古丽·买买提"),
        ("阿依古丽．买买提", "阿依古丽·买买提"),
        ("阿依古丽‧买买提", "阿依古丽·买买提"),
        ("阿依古丽.买买提", "阿依古丽·买买提"),
        ("张 三", "张三"),
        ("张\u3000三", "张三"),
        (" 李四 ", "李四"),
        ("王\u200b五", "王五"),
        ("張偉", "張偉"),
        ("赵六（已故）", "赵六（已故）"),
        ("Smith,  John", "Smith, John"),
        ("O’Brien", "O’Brien"),
        ("孙七😀", "孙七😀"),
        ("ＡＢＣ贸易有限公司", "ABC贸易有限公司"),
        ("凞\ufa19", "凞\ufa19"),
        ("a\x00b", "ab"),
    ],
)
def test_names_keep_every_character_and_lose_only_noise(cell: str, name: str):
    assert clean_name(cell) == Cleaned(name)


def test_a_long_name_is_not_cut():
    name = "阿卜杜热合曼·阿卜杜外力·买买提明·吐尔逊江"
    assert clean_name(name).value == name
    assert said(clean_name("长" * 121)) == "error:text_too_long"


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("HT2026000001", "HT2026000001"),
        ("ＨＴ２０２６０００００１", "HT2026000001"),
        ("00123", "00123"),
        ("'00123", "00123"),
        ('="00123"', "00123"),
        (12345.0, "12345"),
        (999999999999999.0, "999999999999999"),
        ("HT 2026 01", "HT202601"),
        ("贷字（2020）第1号", "贷字(2020)第1号"),
    ],
)
def test_contract_numbers_are_text(cell: Any, number: str):
    assert clean_contract(cell) == Cleaned(number)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        (1e15, "number_lost_digits"),
        ("1.2E+15", "scientific_notation"),
        (12.5, "text_unreadable"),
        (dt.date(2026, 3, 5), "text_unreadable"),
        (True, "text_unreadable"),
        ("HT1、HT2", "contract_no_several"),
        ("H" * 65, "text_too_long"),
    ],
)
def test_what_cannot_identify_a_contract_is_reported(cell: Any, code: str):
    assert said(clean_contract(cell)) == f"error:{code}"


def test_a_contract_number_that_went_through_a_program_loses_its_point_zero_and_it_is_said():
    assert clean_contract("12345.0").value == "12345"
    assert said(clean_contract("12345.0")) == "warning:contract_no_decimal_point"


@pytest.mark.parametrize(
    ("cell", "stage"),
    [("M1", "M1"), ("ｍ２", "M2"), ("3", "M3"), ("M7", "M7+"), ("M7+", "M7+"), ("M3+", "M3+"), ("次级", "次级")],
)
def test_stages_are_written_one_way(cell: str, stage: str):
    assert clean_stage(cell).value == stage


def test_text_that_says_nothing_is_nothing():
    assert [clean_text(cell).value for cell in ("-", "无", "NULL", "  ", "\u3000")] == [None] * 5


def test_text_too_long_is_cut_and_it_is_said():
    cleaned = clean_text("字" * 30, max_length=20)
    assert cleaned.value == "字" * 20
    assert said(cleaned) == "warning:text_cut"


@pytest.mark.parametrize(
    "cleaner",
    [
        clean_text,
        clean_name,
        clean_contract,
        clean_id_no,
        clean_phone,
        clean_money,
        clean_date,
        clean_days,
        clean_stage,
    ],
)
@given(
    cell=st.one_of(
        st.text(), st.floats(), st.integers(), st.booleans(), st.dates(), st.datetimes(), st.timedeltas(), st.times()
    )
)
def test_no_cell_whatever_breaks_a_cleaner(cleaner: Any, cell: Any):
    assert isinstance(cleaner(cell), Cleaned)


def test_equal_cells_are_cleaned_once_and_true_is_not_one():
    calls = []

    def cleaner(cell: Any) -> Cleaned:
        calls.append(cell)
        return Cleaned(repr(cell))

    assert clean_column([1, 1, True, "", 1], cleaner).values == ["1", "1", "True", None, "1"]
    assert calls == [1, True]


# What was found by attacking the cleaners ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cell",
    [
        *("2026-03-05 星期四", "2026年3月5日（周四）", "2026—3—5", "2026年3月5日 12时30分", "2026-03-05 下午 3:00"),
        *("2026-03-05 12:30:00 PM", "5-Mar-2026", "05 March 2026", "Mar 5, 2026", "'2026-03-05", "2026\u200b-03-05"),
    ],
)
def test_a_day_that_can_be_read_in_one_way_only_is_read(cell: str):
    assert clean_date(cell) == Cleaned(dt.date(2026, 3, 5))


@pytest.mark.parametrize("cell", ["5-Mar-26", "Mar 2026", "05/03/2026", "二〇二六年三月五日", "2026-03-05~2026-04-05"])
def test_a_day_that_could_be_another_is_reported(cell: str):
    assert clean_date(cell).value is None


@pytest.mark.parametrize(
    "cell", ["HT2026001\nHT2026002", "HT2026001 HT2026002", "HT2026001/HT2026002", "20260001\r\n20260002"]
)
def test_two_contracts_in_one_cell_never_become_one_number(cell: str):
    assert said(clean_contract(cell)) == "error:contract_no_several"


@pytest.mark.parametrize("cell", ["HT 2026 0001", "HT-2026/01", "HT2026001\n"])
def test_one_contract_written_with_blanks_and_strokes_is_one(cell: str):
    assert clean_contract(cell).value == "".join(cell.split())


@pytest.mark.parametrize(
    ("cell", "number"),
    [("02155556666", "021-55556666"), ("01088886666", "010-88886666"), ("075588881234", "0755-88881234")],
)
def test_area_codes_have_the_length_of_their_city(cell: str, number: str):
    assert clean_phone(cell).value == [number]


@pytest.mark.parametrize(
    "mark",
    [
        "\u200b",
        "\ufeff",
        "\u202e",
        "\u2067",
        "\xad",
        "\ufe0f",
        "\u3164",
        "\u180e",
        "\U000e0061",
        "\u2800",
        "\x85",
        "\x9f",
    ],
)
def test_what_cannot_be_seen_changes_no_value(mark: str):
    assert clean_name(f"张{mark}三").value.replace(" ", "") == "张三"
    assert clean_contract(f"HT{mark}001").value == "HT001"
    assert clean_money(f"1,234.50{mark}").value == Decimal("1234.50")
    assert clean_id_no(f"{mark}330000200207148620").value == "330000200207148620"
    assert clean_phone(f"154{mark}44365243").value == ["15444365243"]


_ANY_CELL = st.one_of(
    st.text(max_size=30),
    st.text(alphabet="0123456789.,-+()（）eE年月日/:元万¥ ", max_size=20),
    *(st.integers(), st.floats(), st.booleans(), st.dates(), st.datetimes(), st.times(), st.timedeltas()),
)


@given(_ANY_CELL)
def test_no_cell_breaks_a_cleaner(cell: Any):
    for cleaner in (
        clean_money,
        clean_date,
        clean_days,
        clean_phone,
        clean_id_no,
        clean_name,
        clean_contract,
        clean_text,
    ):
        cleaned = cleaner(cell)
        assert cleaned.value is not None or cleaned.findings or cleaned == clean_money("")


@given(
    st.decimals(min_value=-999_999_999, max_value=999_999_999, places=2),
    st.sampled_from(["plain", "comma", "wide", "minus last"]),
)
def test_an_amount_is_the_same_however_it_is_written(amount: Decimal, form: str):
    text = f"{amount:,}" if form == "comma" else str(amount)
    if form == "wide":
        text = "".join(chr(ord(character) + 0xFEE0) for character in text)
    if form == "minus last" and amount < 0:
        text = text[1:] + "-"
    assert clean_money(text).value == amount
