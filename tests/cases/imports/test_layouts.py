"""Headings are found and understood; only what cannot be known is asked; a known layout asks nothing."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from cases.imports.judging.overdue import OVERDUE
from cases.imports.layout.headings import fingerprint_of
from cases.imports.layout.layouts import AnswerRefused, Understanding, apply_answers
from cases.imports.layout.synonyms import SynonymTable, normalise, unit_of
from cases.imports.reading.read import SheetData, WorkbookData
from cases.imports.words.fields import IGNORE
from tests.cases.imports.builders import HEADINGS, row, sheet_of, understand

TABLE = SynonymTable.load()


def fields(understanding: Understanding) -> dict[str, str | None]:
    return {column.heading: column.field for column in understanding.columns}


def renamed(**names: str) -> list[str]:
    return [names.get(heading, heading) for heading in HEADINGS]


# Synonyms -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("合同编号", "contract_no"),
        (" 合同 编号：", "contract_no"),
        ("*合同编号", "contract_no"),
        ("合同\n编号", "contract_no"),
        ("合\u200b同编号", "contract_no"),
        ("Contract No.", "contract_no"),
        ("ＤＰＤ", "days_past_due"),
        ("历史最大逾期天数", IGNORE),
        ("本金", "principal"),
        ("贷款本金余额", "principal"),
        ("应收利息", "interest"),
        ("授信额度", "credit_limit"),
        ("委案金额", "total"),
        ("最新欠款(导入利息后更新)", "total"),
        ("逾期日期", "due_date"),
        ("序号", IGNORE),
        ("本月已还金额", IGNORE),
        ("最后还款金额", IGNORE),
        ("这是什么", None),
    ],
)
def test_headings_as_systems_write_them(heading: str, field: str | None):
    assert TABLE.lookup(heading).field == field


@pytest.mark.parametrize(
    ("heading", "unit"),
    [
        ("逾期总额（万元）", "万元"),
        ("逾期总额(元)", "元"),
        ("逾期总额/千元", "千元"),
        ("逾期总额(人民币元)", "元"),
        ("逾期总额", None),
    ],
)
def test_the_unit_in_a_heading_is_carried_and_not_part_of_its_name(heading: str, unit: str | None):
    assert normalise(heading) == "逾期总额"
    assert unit_of(heading) == unit


@pytest.mark.parametrize(
    ("heading", "field", "number"),
    [
        ("手机号2", "phone", 2),
        ("联系人1姓名", "contact_name", 1),
        ("第二联系人电话", "contact_phone", 2),
        ("第一联系人与客户关系", "contact_relation", 1),
        ("紧急联系人3手机号", "contact_phone", 3),
        ("逾期天数2", None, None),
    ],
)
def test_a_number_in_a_heading_is_the_place_of_a_field_that_repeats(
    heading: str, field: str | None, number: int | None
):
    match = TABLE.lookup(heading)
    assert (match.field, match.number) == (field, number)


def test_learnt_headings_win_over_the_table():
    table = SynonymTable.load(extra=[("还款日期", "due_date"), ("合同号", IGNORE)])
    assert table.lookup("还款日期").field == "due_date"
    assert table.lookup("合同号").field == IGNORE


def test_every_field_of_the_table_is_one_of_the_catalogue():
    for heading in TABLE._matches.values():
        assert heading.field is None or heading.field == IGNORE or heading.field in OVERDUE.fields


# Finding the header -------------------------------------------------------------------------------------------------


def test_titles_empty_rows_and_moved_columns_do_not_hide_the_header():
    data = WorkbookData("xlsx")
    rows = [
        ("某某公司逾期明细", *[""] * 12),
        ("数据日期：2026年3月31日    单位：元", *[""] * 12),
        tuple([""] * 13),
        ("", *HEADINGS),
        ("", *row(1)),
    ]
    data.sheets.append(SheetData("明细", first_row=3, first_column=2, rows=rows))
    understanding = understand(data)
    assert understanding.ready
    assert (understanding.header_row, understanding.first_index) == (6, 4)
    assert understanding.stated_date == dt.date(2026, 3, 31)
    assert understanding.columns[0].letter == "D"
    assert understanding.columns[0].index == 1


def test_a_date_of_printing_is_not_taken_for_the_day_of_the_data():
    assert understand(sheet_of([["制表日期：2026年4月2日"], HEADINGS, row()])).stated_date is None


def test_a_group_line_above_lends_its_unit():
    groups = ["客户信息", "", "", "合同信息", "", "欠款信息（万元）", "", "", "", "逾期信息", "", ""]
    understanding = understand(sheet_of([groups, HEADINGS, row()]))
    assert understanding.ready
    assert {column.heading: column.unit for column in understanding.columns}["利息"] == Decimal(10_000)
    assert {column.heading: column.unit for column in understanding.columns}["应还日期"] == Decimal(1)


def test_headings_merged_over_two_lines_are_read_from_both():
    upper = [
        "客户姓名",
        "证件号码",
        "手机号",
        "合同编号",
        "产品",
        "欠款",
        "",
        "",
        "",
        "应还日期",
        "逾期天数",
        "逾期阶段",
    ]
    lower = ["", "", "", "", "", "本金", "利息", "违约金", "逾期总额", "", "", ""]
    understanding = understand(sheet_of([upper, lower, row()]))
    assert understanding.ready
    assert understanding.header_row == 2
    assert fields(understanding)["本金"] == "principal"
    assert fields(understanding)["合同编号"] == "contract_no"


def test_equal_headings_are_told_apart_by_the_group_above():
    groups = ["客户信息", "", "联系人", "", "合同", "", ""]
    headings = ["姓名", "手机号", "姓名", "手机号", "合同编号", "逾期总额", "逾期天数"]
    understanding = understand(
        sheet_of([groups, headings, ["张三", "15444365243", "李四", "15444365244", "HT1", 5.0, 3]])
    )
    assert [column.field for column in understanding.columns[:4]] == [
        "debtor_name",
        "phone",
        "contact_name",
        "contact_phone",
    ]
    assert understanding.ready


def test_the_unit_of_the_title_counts_for_all_amounts():
    understanding = understand(sheet_of([["单位：万元"], HEADINGS, row()]))
    assert understanding.columns_of("total")[0].unit == Decimal(10_000)


def test_the_sheet_with_data_is_found():
    data = WorkbookData(
        "xlsx",
        sheets=[
            SheetData("空"),
            SheetData("说明", rows=[("请勿修改",)]),
            SheetData("明细", rows=[tuple(HEADINGS), tuple(row())]),
        ],
    )
    assert understand(data).sheet == "明细"


def test_two_sheets_with_data_are_asked_about_and_the_other_is_named():
    sheets = [
        SheetData(name, rows=[tuple(HEADINGS), tuple(row(number))]) for number, name in enumerate(("一月", "二月"))
    ]
    understanding = understand(WorkbookData("xlsx", sheets=sheets))
    assert [question.code for question in understanding.questions] == ["ask_sheet"]
    assert [option.label for option in understanding.questions[0].options] == ["全部一起读取", "一月", "二月"]
    chosen = apply_answers(understanding, {"sheet": "二月"})
    assert chosen.ready
    assert (chosen.sheet, chosen.sheet_index) == ("二月", 1)
    assert [note.message for note in chosen.notes] == ["工作表“一月”未读取"]
    with pytest.raises(AnswerRefused):
        apply_answers(understanding, {"sheet": "三月"})


def book_of(*sheets: tuple[str, list[str], list[Any]]) -> WorkbookData:
    return WorkbookData(
        "xlsx", sheets=[SheetData(name, rows=[tuple(top), tuple(cells)]) for name, top, cells in sheets]
    )


def test_sheets_of_the_same_columns_can_be_read_together_and_the_next_day_asks_nothing():
    moved = [HEADINGS[-1], *HEADINGS[:-1]]
    last = row(3)
    other = (["客户姓名", "合同编号", "逾期总额", "逾期天数"], ["王五", "HT9", 1, 2])
    book = book_of(("华东", HEADINGS, row(1)), ("华南", moved, [last[-1], *last[:-1]]), ("其他", *other))
    asking = understand(book)
    offered = asking.questions[0].options[0]
    assert (offered.value, offered.samples) == ("*", ("华东", "华南"))
    together = apply_answers(asking, {"sheet": "*"})
    assert together.ready
    assert [(one.sheet, one.sheet_index) for one in (together, *together.also)] == [("华东", 0), ("华南", 1)]
    assert [one.columns_of("stage")[0].index for one in (together, *together.also)] == [11, 0]
    assert [note.message for note in together.notes] == ["工作表“其他”未读取"]
    saved = {together.fingerprint: together.mapping}
    tomorrow = understand(book, saved=saved)
    assert tomorrow.ready
    assert [one.sheet for one in tomorrow.also] == ["华南"]
    one_sheet_only = understand(book_of(("华东", HEADINGS, row(1))), saved=saved)
    assert one_sheet_only.mapping == together.mapping, "a day with one sheet does not forget the answer"
    assert understand(book).questions, "twin: without the saved layout the question comes again"


def test_a_doubtful_heading_is_asked_once_for_all_sheets_that_are_read_together():
    top = ["还款日期" if heading == "应还日期" else heading for heading in HEADINGS]
    asking = apply_answers(understand(book_of(("一", top, row(1)), ("二", top, row(2)))), {"sheet": "*"})
    assert [question.key for question in asking.questions] == ["column:还款日期"]
    settled = apply_answers(asking, {"column:还款日期": "due_date"})
    assert settled.ready
    assert all(one.columns_of("due_date") for one in (settled, *settled.also))


def test_sheets_of_different_columns_are_not_offered_together():
    other = (["客户姓名", "合同编号", "逾期总额", "逾期天数"], ["王五", "HT9", 1, 2])
    options = understand(book_of(("明细", HEADINGS, row(1)), ("其他", *other))).questions[0].options
    assert [option.value for option in options] == ["明细", "其他"]


def test_a_layout_with_one_column_more_asks_only_about_that_column():
    top = ["还款日期" if heading == "应还日期" else heading for heading in HEADINGS]
    answered = apply_answers(understand(sheet_of([top, row(1)])), {"column:还款日期": "due_date"})
    saved = {answered.fingerprint: answered.mapping}
    more = understand(sheet_of([[*top, "欠款总额"], [*row(1), 1030.0]]), saved=saved)
    assert [question.key for question in more.questions] == ["field:total"]
    assert more.columns_of("due_date")[0].how == "saved"
    assert understand(sheet_of([[*top[::-1]], row(1)[::-1]]), saved=saved).ready, "moved columns are the same layout"
    strange = understand(
        sheet_of([["合同编号", "客户姓名", "逾期总额", "还款日期", "逾期天数"], ["A1", "张三", 1, "2026-01-01", 9]]),
        saved=saved,
    )
    assert [question.key for question in strange.questions] == ["column:还款日期"], (
        "a different kind of file starts anew"
    )


def test_a_renamed_column_is_found_again_though_another_was_passed_over_before():
    top = [*HEADINGS, "委案金额"]
    first = understand(sheet_of([top, [*row(1), 999.0]]))
    assert first.columns_of("total")[0].heading == "逾期总额"
    renamed = ["本期数" if heading == "逾期总额" else heading for heading in top]
    later = understand(sheet_of([renamed, [*row(1), 999.0]]), saved={first.fingerprint: first.mapping})
    assert later.columns_of("total")[0].heading == "委案金额", "the stand-in, as in a file never seen before"


def test_cells_merged_downwards_are_told_and_more_loudly_for_the_contract():
    data = sheet_of([["标题"], HEADINGS, row(1), row(1), row(2)])
    data.sheets[0].merges = [(1, 0, 1), (3, 4, 1), (3, 3, 1)]
    notes = understand(data).notes
    assert [(note.code, note.severity, note.params["count"]) for note in notes] == [
        ("merged_cells_filled", "info", 2),
        ("merged_key_filled", "warning", 1),
    ]
    assert all(note.message for note in notes)


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        *(
            ("合同編號", "contract_no"),
            ("客戶姓名", "debtor_name"),
            ("身分證字號", "id_no"),
            ("逾期總額（萬元）", "total"),
        ),
        *(
            ("1.合同编号", "contract_no"),
            ("逾期天数/天", "days_past_due"),
            ("行動電話", "phone"),
            ("＊ 合 同 编 号 ", "contract_no"),
        ),
    ],
)
def test_headings_in_traditional_characters_and_with_decoration_are_known(heading: str, field: str):
    assert SynonymTable.load().lookup(heading).field == field


# Refusals -----------------------------------------------------------------------------------------------------------


def refusal(rows: list[list[Any]]) -> tuple[str, str]:
    found = understand(sheet_of(rows)).refusal
    assert found is not None
    return found.code, found.message


def test_a_file_without_contract_numbers_is_refused_and_its_headings_are_listed():
    headings = [heading for heading in HEADINGS if heading != "合同编号"]
    cells = row()
    del cells[3]
    code, message = refusal([headings, cells])
    assert code == "column_missing"
    assert message.startswith("缺少 合同编号")
    assert "客户姓名、证件号码" in message


def test_a_file_without_amounts_or_without_days_is_refused():
    assert "逾期总额" in refusal([["合同编号", "客户姓名", "逾期天数"], ["HT1", "张三", 5]])[1]
    assert "逾期天数" in refusal([["合同编号", "客户姓名", "逾期总额"], ["HT1", "张三", 5.0]])[1]


def test_headings_without_rows_are_refused_and_do_not_close_every_case():
    assert refusal([HEADINGS])[0] == "no_data_rows"


def test_a_sheet_of_something_else_is_refused():
    assert refusal([["早餐", "午餐"], ["粥", "面"]])[0] == "header_not_found"
    assert refusal([])[0] == "no_data_rows"


# Questions ----------------------------------------------------------------------------------------------------------


def test_a_heading_with_two_meanings_is_asked_once():
    understanding = understand(sheet_of([renamed(应还日期="还款日期"), row(1), row(2), row(3)]))
    (question,) = understanding.questions
    assert (question.code, question.key, question.column, question.heading) == (
        "ask_ambiguous",
        "column:还款日期",
        "J",
        "还款日期",
    )
    assert question.to_json()["message"] == "“还款日期”可能有不同含义，请选择"
    answered = apply_answers(understanding, {question.key: "due_date"})
    assert answered.ready
    assert answered.columns_of("due_date")[0].how == "answered"

    again = understand(sheet_of([renamed(应还日期="还款日期"), row(4)]), saved={answered.fingerprint: answered.mapping})
    assert again.ready
    assert again.columns_of("due_date")[0].how == "saved"


def test_a_saved_layout_is_found_even_under_headings_nobody_knows():
    strange = [f"F{place}" for place in range(len(HEADINGS))]
    assert understand(sheet_of([strange, row()])).refusal is not None
    known = understand(sheet_of([HEADINGS, row()]))
    mapping = {f"f{place}": column.field or IGNORE for place, column in enumerate(known.columns)}
    fingerprint = fingerprint_of([normalise(heading) for heading in strange])
    understanding = understand(sheet_of([["标题"], strange, row()]), saved={fingerprint: mapping})
    assert understanding.ready
    assert understanding.header_row == 2
    assert understanding.columns_of("contract_no")[0].heading == "F3"


def test_content_orders_the_options_and_answers_nothing():
    moving = [row(n, 应还日期=dt.date(2026, 3, 31) - dt.timedelta(days=n), 逾期天数=n) for n in range(1, 9)]
    fixed = [row(n, 应还日期=dt.date(2026, 3, 20), 逾期天数=n) for n in range(1, 9)]
    as_due = understand(sheet_of([renamed(应还日期="还款日期"), *moving])).questions[0]
    as_paid = understand(sheet_of([renamed(应还日期="还款日期"), *fixed])).questions[0]
    assert [option.value for option in as_due.options] == ["due_date", IGNORE]
    assert [option.value for option in as_paid.options] == [IGNORE, "due_date"]


def test_a_doubtful_heading_is_not_asked_about_when_nothing_is_left_for_it():
    understanding = understand(sheet_of([[*HEADINGS, "还款日期"], [*row(), dt.date(2026, 3, 1)]]))
    assert understanding.ready
    assert fields(understanding)["还款日期"] is None
    assert [note.code for note in understanding.notes] == ["column_set_aside"]


def test_a_stand_in_is_used_alone_and_gives_way_to_the_real_thing():
    alone = understand(sheet_of([renamed(逾期总额="委案金额"), row()]))
    assert alone.columns_of("total")[0].heading == "委案金额"
    both = understand(sheet_of([[*HEADINGS, "委案金额"], [*row(), 9.0]]))
    assert both.ready
    assert both.columns_of("total")[0].heading == "逾期总额"
    assert both.notes[0].message == "“委案金额”未读取，因为 逾期总额 已取自“逾期总额”"


def test_two_columns_for_one_field_are_asked_about():
    understanding = understand(sheet_of([[*HEADINGS, "逾期金额"], [*row(1), 900.0], [*row(2), 900.0]]))
    (question,) = understanding.questions
    assert (question.code, question.key) == ("ask_two_columns", "field:total")
    assert [option.label for option in question.options] == ["I 逾期总额", "M 逾期金额"]
    answered = apply_answers(understanding, {"field:total": "逾期金额"})
    assert answered.ready
    assert [column.heading for column in answered.columns_of("total")] == ["逾期金额"]


def test_two_columns_that_hold_the_same_are_not_asked_about():
    understanding = understand(sheet_of([[*HEADINGS, "逾期金额"], [*row(1), 1025.0], [*row(2), 1025.0]]))
    assert understanding.ready
    assert [column.heading for column in understanding.columns_of("total")] == ["逾期总额"]
    assert [note.code for note in understanding.notes] == ["columns_identical"]


def test_a_missing_contract_number_is_asked_for_when_a_column_could_be_it():
    understanding = understand(sheet_of([renamed(合同编号="内部代码"), row(1), row(2), row(3)]))
    (question,) = understanding.questions
    assert (question.code, question.key) == ("ask_missing", "field:contract_no")
    assert [option.value for option in question.options] == ["内部代码", "none"]
    assert apply_answers(understanding, {"field:contract_no": "内部代码"}).ready
    refused = apply_answers(understanding, {"field:contract_no": "none"})
    assert refused.refusal is not None
    assert refused.refusal.code == "column_missing"


def test_a_case_number_is_offered_as_contract_number_only_when_there_is_no_other():
    assert understand(sheet_of([renamed(合同编号="案件编号"), row()])).questions[0].code == "ask_ambiguous"
    assert understand(sheet_of([[*HEADINGS, "案件编号"], [*row(), "A1"]])).ready


def test_unknown_columns_are_asked_about_only_when_they_hold_what_is_missing():
    understanding = understand(sheet_of([renamed(证件号码="神秘号", 产品="颜色"), row(1), row(2)]))
    (question,) = understanding.questions
    assert (question.code, question.heading) == ("ask_unknown", "神秘号")
    assert question.options[0].value == "id_no"
    ready = apply_answers(understanding, {question.key: "id_no"})
    assert ready.ready
    assert [note.message for note in ready.notes] == ["未读取的列：颜色"]


def test_answers_that_were_never_offered_are_refused():
    understanding = understand(sheet_of([renamed(应还日期="还款日期"), row()]))
    with pytest.raises(AnswerRefused):
        apply_answers(understanding, {"column:还款日期": "password"})
    with pytest.raises(AnswerRefused):
        apply_answers(understanding, {"field:total": "没有这列"})


def test_personal_samples_are_masked():
    understanding = understand(sheet_of([HEADINGS, row()]))
    samples = {column.heading: column.samples for column in understanding.columns}
    assert samples["客户姓名"] == ("张*",)
    assert samples["手机号"] == ("154****5243",)
    assert "20020714" not in samples["证件号码"][0]
    assert samples["合同编号"] == ("HT2026000001",)


def test_the_fingerprint_knows_headings_and_not_their_order_or_decoration():
    plain = understand(sheet_of([HEADINGS, row()])).fingerprint
    moved = understand(sheet_of([HEADINGS[::-1], row()[::-1]])).fingerprint
    decorated = understand(sheet_of([[f"*{heading}：" for heading in HEADINGS], row()])).fingerprint
    assert plain == moved == decorated
    assert understand(sheet_of([[*HEADINGS, "性别"], [*row(), "男"]])).fingerprint != plain
