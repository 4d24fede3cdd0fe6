"""The importer on the command line: JSON and exit codes."""

import io
import json
from decimal import Decimal

import pytest
from django.core.management import call_command

from cases.models import Case, ImportRun, Source

from .builders import text_file
from .conftest import DAY_1, DAY_2, DAY_3, HEADINGS, debt, write_csv


def run_command(*arguments: str) -> tuple[int, dict]:
    out = io.StringIO()
    code = 0
    try:
        call_command(*arguments, "--json", stdout=out)
    except SystemExit as end:
        code = int(end.code or 0)
    return code, json.loads(out.getvalue(), parse_float=Decimal)


@pytest.fixture
def take(source, tmp_path):
    def take(name: str, rows, day, *options: str, headings=None):
        if headings:
            path = text_file(tmp_path / name, [headings, *[[row[h] for h in HEADINGS] for row in rows]])
        else:
            path = write_csv(tmp_path / name, rows)
        return run_command("import_overdue", str(path), "--source", "card", "--as-of", day.isoformat(), *options)

    return take


def test_a_preview_says_everything_and_changes_nothing(take):
    code, said = take("a.csv", [debt(1, total="152817541.05"), debt(2, days=200)], DAY_1)
    assert code == 0
    assert said["state"] == "preview"
    assert said["as_of"] == "2026-03-02"
    assert said["rows"] == {"read": 2, "accepted": 2, "rejected": 0, "skipped": 0}
    assert said["differences"]["new"] == {"count": 2, "amount": Decimal("152818541.05")}
    assert list(said["stages"]) == ["M1", "M2", "M3", "M4", "M5", "M6", "M7+"]
    assert said["stages"]["M2"]["total"] == Decimal("152817541.05")
    assert said["control_totals"]["sums"]["total"] == Decimal("152818541.05")
    assert set(said["differences"]) >= {
        *("new", "reentered", "paid_down", "balance_up", "rolled_forward", "rolled_back", "unchanged", "absent")
    }
    assert Case.objects.count() == 0


def test_applied_and_undone_give_the_hash_of_before(take):
    _code, before = take("a.csv", [debt(1)], DAY_1)
    code, applied = take("a.csv", [debt(1)], DAY_1, "--apply")
    assert (code, applied["state"]) == (0, "applied")
    assert applied["book_hash"] != before["book_hash"]
    code, undone = run_command("undo_import", str(applied["run"]))
    assert (code, undone["state"]) == (0, "undone")
    assert undone["book_hash"] == before["book_hash"]


def test_the_amounts_are_numbers_with_two_places_and_no_floats(take, tmp_path):
    out = io.StringIO()
    path = write_csv(tmp_path / "x.csv", [debt(1, total="0.10")])
    with pytest.raises(SystemExit) as end:
        call_command("import_overdue", str(path), "--source", "card", "--as-of", "2026-03-02", "--json", stdout=out)
    assert end.value.code == 0
    assert '"amount": 0.10' in out.getvalue()


def test_problems_name_the_place_in_excels_rows(take):
    code, said = take("a.csv", [debt(1), debt(2, 逾期天数="三十")], DAY_1, "--apply")
    assert code == 2
    assert said["state"] == "preview"
    found = {problem["code"]: problem for problem in said["problems"]}
    assert found["days_unreadable"] | {"message": ""} == {
        "sheet": "",
        "row": 3,
        "column": "逾期天数",
        "value": "三十",
        "code": "days_unreadable",
        "severity": "error",
        "message": "",
    }
    assert found["days_unreadable"]["message"] == "第 3 行 逾期天数 “三十” 不是数字"
    assert "rows_rejected" in found
    assert take("a.csv", [debt(1), debt(2, 逾期天数="三十")], DAY_1, "--apply", "--accept-good-rows")[0] == 0
    assert Case.objects.count() == 1


def test_a_question_waits_with_exit_code_3(take):
    headings = ["还款日期" if heading == "应还日期" else heading for heading in HEADINGS]
    code, said = take("a.csv", [debt(1, 应还日期="2026-01-16")], DAY_1, "--apply", headings=headings)
    assert (code, said["state"]) == (3, "asking")
    assert said["questions"][0]["heading"] == "还款日期"
    assert said["questions"][0]["options"][0]["label"]


def test_a_named_layout_answers_what_would_be_asked(take, source):
    from cases.services.layouts import save_layout

    from .builders import sheet_of, understand

    headings = ["还款日期" if heading == "应还日期" else heading for heading in HEADINGS]
    understood = understand(sheet_of([headings, [debt(1)[h] for h in HEADINGS]]))
    mapping = {**understood.mapping, "还款日期": "due_date"}
    layout = save_layout(
        source=source, fingerprint=understood.fingerprint, headings=headings, mapping=mapping, actor=None
    )
    arguments = ("--apply", "--layout", str(layout.pk))
    code, said = take("a.csv", [debt(1, 应还日期="2026-01-16")], DAY_1, *arguments, headings=headings)
    assert (code, said["state"], said["layout"]) == (0, "applied", layout.pk)
    code, said = take("b.csv", [debt(1)], DAY_2, *arguments)
    assert (code, said["problems"][0]["code"]) == (2, "layout_does_not_fit")


def test_what_is_refused_says_why_with_exit_code_2(take, source, tmp_path):
    assert take("a.csv", [debt(1)], DAY_2, "--apply")[0] == 0
    for name, rows, day, expected in (
        ("again.csv", [debt(1)], DAY_2, "already_imported"),
        ("bad.csv", [debt(1, 逾期天数="三十")], DAY_3, "no_accepted_rows"),
    ):
        code, said = take(name, rows, day, "--apply")
        assert (code, said["state"], said["problems"][0]["code"]) == (2, "refused", expected)
    known = ("--source", "card", "--as-of", "2026-03-05")
    code, said = run_command("import_overdue", str(tmp_path / "none.xlsx"), *known)
    assert (code, said["problems"][0]["code"]) == (2, "file_not_found")
    path = write_csv(tmp_path / "b.csv", [debt(1)])
    code, said = run_command("import_overdue", str(path), "--source", "nobody", "--as-of", "2026-03-05")
    assert (code, said["problems"][0]["code"]) == (2, "source_unknown")


def test_what_is_doubtful_about_the_whole_file_is_asked_with_exit_code_3_and_can_be_answered_beforehand(take):
    assert take("a.csv", [debt(1), debt(2)], DAY_2, "--apply")[0] == 0
    for name, rows, day, key, says in (
        ("same_day.csv", [debt(1), debt(2, total="999.00")], DAY_2, "standing", "更正"),
        ("older.csv", [debt(1), debt(2, total="998.00")], DAY_1, "standing", "补录"),
        ("empty.csv", [], DAY_3, "no_rows", "没有数据行"),
    ):
        code, said = take(name, rows, day, "--apply")
        assert (code, said["state"]) == (3, "asking")
        (question,) = said["questions"]
        assert question["key"] == key
        assert says in question["message"]
        assert [option["label"] for option in question["options"]][-1] == "放弃这个文件"
    assert Case.objects.present().count() == 2
    code, said = take(
        "same_day.csv", [debt(1), debt(2, total="999.00")], DAY_2, "--apply", "--answer", "standing=correction"
    )
    assert (code, said["state"], said["standing"]) == (0, "applied", "correction")


def test_the_command_line_stops_at_control_totals_that_do_not_agree_and_holds_when_told_to(take):
    assert take("a.csv", [debt(n) for n in range(1, 5)], DAY_1, "--apply")[0] == 0
    short = [debt(1, days=46)]
    code, said = take("b.csv", short, DAY_2, "--apply", "--expect-rows", "4", "--expect-total", "4000.00")
    assert (code, said["state"]) == (2, "preview")
    assert [finding["code"] for finding in said["findings"]] == [
        "guard_expected_rows", "guard_expected_total", "guard_absent",
    ]  # fmt: skip
    assert "应有 4 行，实际读到 1 行，相差 -3" in said["findings"][0]["message"]
    code, said = take("b.csv", short, DAY_2, "--apply", "--hold", "--expect-rows", "1", "--expect-total", "1000.00")
    assert (code, said["state"], said["problems"][0]["code"]) == (2, "preview", "outside_rails")
    code, said = take("b.csv", short, DAY_2, "--apply", "--expect-rows", "1", "--expect-total", "1000.00")
    assert (code, said["state"]) == (0, "applied")
    assert said["findings"][0]["params"]["figure"] == "75.00"  # told, and kept


def test_an_undo_that_is_refused_names_what_stands_on_it(take):
    _code, first = take("a.csv", [debt(1)], DAY_1, "--apply")
    take("b.csv", [debt(1, days=46)], DAY_2, "--apply")
    code, said = run_command("undo_import", str(first["run"]))
    assert (code, said["state"]) == (2, "applied")
    assert said["blockers"][0]["code"] == "undo_later_run"
    assert run_command("undo_import", "999999")[0] == 2
    assert ImportRun.objects.get(pk=first["run"]).state == "applied"


def test_a_source_is_added_once(db):
    assert run_command("add_source", "card", "--name", "信用卡系统") == (
        0,
        {"source": "card", "name": "信用卡系统", "added": True},
    )
    assert run_command("add_source", "card", "--name", "信用卡系统")[1]["added"] is False
    with pytest.raises(SystemExit) as refused:
        call_command("add_source", "../etc", "--name", "x", stderr=io.StringIO())
    assert refused.value.code == 2
    assert Source.objects.count() == 1
    run_command("add_source", "loan", "--name", "x", "--min-rows", "10", "--max-change-percent", "12.5")
    assert Source.objects.values_list("min_rows", "max_change_percent").get(code="loan") == (10, Decimal("12.50"))


def test_the_case_cache_command_compares_and_repairs(take):
    take("a.csv", [debt(1)], DAY_1, "--apply")
    assert run_command("rebuild_case_cache", "--check") == (0, {"differences": [], "repaired": False})
    Case.objects.update(total=Decimal("1.00"))
    code, said = run_command("rebuild_case_cache", "--check")
    assert (code, said["differences"][0]["columns"]) == (2, {"total": ["1.00", "1000.00"]})
    assert run_command("rebuild_case_cache")[1]["repaired"] is True
    assert Case.objects.get().total == Decimal("1000.00")


def test_the_kpi_command_prints_the_matrix_and_the_distribution(take):
    take("a.csv", [debt(1, days=30), debt(2)], DAY_1, "--apply")
    take("b.csv", [debt(1, days=31, total="1001.00")], DAY_2, "--apply")
    asked = ("--as-of", "2026-03-03", "--by", "stage", "--json")
    code, said = run_command("kpi", "roll_matrix", "--from", "2026-03-03", *asked)
    assert code == 0
    by_stage = {line["key"]["stage"]: line["parts"] for line in said["lines"]}
    assert by_stage["M1"]["count_to_M2"] == "1"
    assert by_stage["M2"]["amount_to_absent"] == "1000.00"
    code, said = run_command("kpi", "stage_distribution", "--source", "card", *asked)
    assert {line["key"]["stage"]: line["numerator"] for line in said["lines"]}["M2"] == "1001.00"


def test_a_copy_of_a_file_under_another_name_is_shown_the_first(source, shared_data):
    folder = shared_data / "difficult_files"
    known = ("--source", "card", "--as-of", "2026-03-31", "--apply")
    code, first = run_command("import_overdue", str(folder / "53a_逾期明细20260331.xlsx"), *known)
    assert (code, first["state"]) == (0, "applied")
    code, copy = run_command("import_overdue", str(folder / "53b_逾期明细20260331 (1).xlsx"), *known)
    assert (code, copy["state"], copy["problems"][0]["code"]) == (2, "refused", "already_imported")
    assert f"第 {first['run']} 号" in copy["problems"][0]["message"]
    assert copy["book_hash"] == first["book_hash"]
