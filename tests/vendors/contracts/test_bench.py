"""The test bench: an accountant's example figure by figure, the same from page, file and command."""

import io
import json
from decimal import Decimal

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.vendors.contracts.made import NOW, make_agency, make_approved, make_contract, make_draft
from tests.vendors.terms import bands, row, terms
from vendors.contracts.bench import CannotTry, Sample, Trial, fees
from vendors.contracts.bench_runs import save_run, try_out
from vendors.contracts.drafting import ContractRefused
from vendors.contracts.fees import Paid, charge, tax_in
from vendors.contracts.samples import SamplesRefused, read_samples_file, read_trial, read_upload
from vendors.contracts.terms import Event, Method, Rounding

CARD = row(1, stages=frozenset({1, 2}), products=frozenset({"信用卡"}))
REST = row(2, of=bands(("0", "0.08"), ("0.05", "0.12")), method=Method.PROGRESSIVE)
SAMPLES = (
    Sample(1, 1, "信用卡", 0, Decimal("4000.00"), Decimal("60000.00")),
    Sample(2, 2, "信用卡", 2, Decimal("2333.33"), Decimal("40000.00")),
    Sample(3, 4, "消费贷", 7, Decimal("3000.00"), Decimal("50000.00")),
    Sample(4, 4, "消费贷", 7, Decimal("1000.01"), Decimal("10000.00")),
    Sample(5, 5, "消费贷", 9, Decimal("0.00"), Decimal("20000.00")),
)
MONTH = Trial(SAMPLES, Decimal(70), {Event.COMPLAINT: 1, Event.LATE_FILE: 2})
CSV = (
    "阶段,产品,账龄,还款金额,委案金额\nM1,信用卡,0,\"4,000.00\",60000\nM2,信用卡,2,2333.33,40000\n"
    "M4,消费贷,7,3000,50000\n4,消费贷,7,1000.01,10000\nM5,消费贷,9,,20000\n"
)  # fmt: skip


def test_an_accountants_month_figure_by_figure():
    found = fees(terms(CARD, REST, cap=Decimal("1000.00")), MONTH)
    told = [
        (one["sample"], one["row"], one["band"], one["recovery"], one["arithmetic"], one["rounding"], one["fee"])
        for one in found["lines"]
    ]
    assert told == [
        # 6,333.33 of 100,000 were recovered: the second band, 15 %, for the whole.
        (1, 1, 2, "6.3333%", "4,000.00 × 15% = 600.00", "", "600.00"),
        (2, 1, 2, "6.3333%", "2,333.33 × 15% = 349.9995", "line", "350.00"),
        # 80,000 were placed (20,000 of them paid nothing): the first 4,000 at 8 %, the last cent at 12 %.
        (3, 2, 1, "5%", "3,000.00 × 8% = 240.00", "", "240.00"),
        (4, 2, 1, "5%", "1,000.00 × 8% = 80.00", "", "80.00"),
        (4, 2, 2, "5%", "0.01 × 12% = 0.0012", "line", "0.00"),
        # 1,270.00 in all; × 0.9 for a score of 70 are 1,143.00, of which the cap leaves 1,000.00.
        (None, None, None, "", "1,270.00 × 0.9 − 1,270.00 = −127.00", "", "-127.00"),
        (None, None, None, "", "1,000.00 − 1,143.00 = −143.00", "", "-143.00"),
        (None, None, None, "", "−500.00 × 1 = −500.00", "", "-500.00"),
        (None, None, None, "", "−50.00 × 2 = −100.00", "", "-100.00"),
    ]
    # 400.00 of which 6 % tax: 400 × 0.06 ÷ 1.06 = 22.6415…
    assert (found["commission"], found["factor"], found["total"], found["tax"]) == ("1270.00", "0.9", "400.00", "22.64")
    assert [one["base"] for one in found["lines"][:5]] == ["100000.00"] * 2 + ["80000.00"] * 3


def test_rounded_by_the_statement_the_lines_add_up_and_say_so():
    tenth = bands(("0", "0.10"))
    three = Trial(tuple(Sample(n, 1, "", 0, Decimal("0.05"), Decimal(100)) for n in (1, 2, 3)))
    each = fees(terms(row(of=tenth)), three)
    whole = fees(terms(row(of=tenth), rounding=Rounding.STATEMENT), three)
    assert [one["fee"] for one in each["lines"]] == ["0.01"] * 3 and each["total"] == "0.03"
    assert [one["fee"] for one in whole["lines"]] == ["0.01", "0.00", "0.01"] and whole["total"] == "0.02"
    assert {one["rounding"] for one in whole["lines"]} == {"statement"}


def test_terms_that_cannot_be_in_force_are_not_tried():
    with pytest.raises(CannotTry, match="CN-A-04"):
        fees(terms(coefficient=()), MONTH)


def test_tax_is_part_of_the_total():
    assert tax_in(Decimal("106.00"), Decimal("0.06")) == Decimal("6.00")
    assert tax_in(Decimal("-106.00"), Decimal("0.06")) == Decimal("-6.00")
    assert tax_in(Decimal("5.00"), Decimal(0)) == 0


amounts = st.lists(st.tuples(st.integers(-50_000, 500_000), st.integers(0, 900_000)), min_size=1, max_size=12)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(amounts, st.sampled_from(Method), st.sampled_from(Rounding))
def test_the_bench_charges_as_the_contract_does(money, method, rounding):
    agreed = terms(row(method=method), rounding=rounding)
    samples = [
        Sample(n, 1, "", 0, Decimal(paid).scaleb(-2), Decimal(base).scaleb(-2))
        for n, (paid, base) in enumerate(money, 1)
    ]
    found = fees(agreed, Trial(samples))
    base = sum((one.base for one in samples), Decimal(0))
    direct = charge(
        agreed.rows[0], [Paid(one.number, one.amount) for one in samples if one.amount], base=base, rounding=rounding
    )
    lines = [(one["sample"], Decimal(one["amount"]), Decimal(one["fee"])) for one in found["lines"] if one["sample"]]
    assert lines == [(one.key, one.amount, one.fee) for one in direct]


# Beside the version in force ---------------------------------------------------------------------------------------


@pytest.fixture
def two(contract, vendor_manager, finance):
    """A version in force at 10 %, and the accountant's as a draft."""
    make_approved(contract, vendor_manager, finance, rows=(row(of=bands(("0", "0.10"))),), since="2026-01-01")
    return make_draft(contract, vendor_manager, rows=(CARD, REST), cap=Decimal("1000.00"))


@pytest.mark.django_db
def test_the_draft_stands_beside_the_version_in_force_with_the_difference(two, contract):
    output = try_out(two, MONTH)
    assert output["in_force_label"] == f"{contract.number} v1"
    told = [
        (r["kind"], r["sample"] or r["event"], r["draft"], r["in_force"], r["difference"]) for r in output["compared"]
    ]
    assert told == [
        ("commission", 1, "600.00", "400.00", "200.00"),
        ("commission", 2, "350.00", "233.33", "116.67"),
        ("commission", 3, "240.00", "300.00", "-60.00"),
        ("commission", 4, "80.00", "100.00", "-20.00"),
        ("coefficient", "", "-127.00", "-103.33", "-23.67"),
        ("cap", "", "-143.00", "0.00", "-143.00"),
        ("penalty", "complaint", "-500.00", "-500.00", "0.00"),
        ("penalty", "late_file", "-100.00", "-100.00", "0.00"),
        ("total", "", "400.00", "330.00", "70.00"),
        ("tax", "", "22.64", "18.68", "3.96"),
    ]


@pytest.mark.django_db
def test_a_first_version_has_nothing_beside_it(vendor_manager):
    version = make_draft(make_contract(make_agency("agency-b"), vendor_manager), vendor_manager)
    output = try_out(version, MONTH)
    assert output["in_force"] is None and {row["difference"] for row in output["compared"]} == {None}


@pytest.mark.django_db
def test_a_trial_is_kept_with_what_went_in_and_came_out(two, vendor_manager):
    with pytest.raises(ContractRefused, match="样例还款"):
        save_run(version=two, trial=Trial(SAMPLES[4:]), actor=vendor_manager, now=NOW)
    run = save_run(version=two, trial=MONTH, actor=vendor_manager, now=NOW)
    run.refresh_from_db()
    assert run.output["draft"]["total"] == "400.00" and run.input["score"] == "70"
    assert run.input["events"] == {"complaint": 1, "late_file": 2} and len(run.input["samples"]) == 5
    assert (run.by, len(run.digest)) == (vendor_manager, 64)


# Files and the command ---------------------------------------------------------------------------------------------


def workbook(*rows: list) -> bytes:
    book, stream = openpyxl.Workbook(), io.BytesIO()
    for one in rows:
        book.active.append(one)
    book.save(stream)
    return stream.getvalue()


def test_a_csv_and_a_workbook_are_read_as_if_typed(tmp_path):
    path = tmp_path / "样例.csv"
    path.write_bytes(CSV.encode("gb18030"))
    trial, wrong = read_trial(read_samples_file(path), score="70", events={})
    assert wrong == {} and trial.samples == SAMPLES
    sheet = workbook(
        ["base", "amount", "age", "product", "stage"],
        [60000, 4000, 0, "信用卡", "M1"],
        [40000, 2333.33, 2, "信用卡", 2],
    )
    trial, wrong = read_trial(read_upload(SimpleUploadedFile("a.XLSX", sheet)), score="", events={})
    assert wrong == {} and trial.samples == SAMPLES[:2] and trial.score == 100


def test_everything_that_is_wrong_in_a_file_is_said_at_once():
    def refused(name: str, content: bytes) -> list[str]:
        with pytest.raises(SamplesRefused) as found:
            read_upload(SimpleUploadedFile(name, content))
        return found.value.reasons

    said = refused("a.csv", "阶段,产品,账龄,金额,基数\nM9,卡,1,5,5\n,,,,\nM1,卡,半年,1.234,5\n".encode())
    assert len(said) == 3
    assert "第 2 行 阶段" in said[0] and "M9" in said[0]
    assert "第 4 行 账龄" in said[1] and "第 4 行 金额" in said[2]
    assert "缺少列“产品”" in refused("a.csv", "阶段,账龄,金额,基数\nM1,1,1,1\n".encode())[0]
    assert "没有样例" in refused("a.csv", "阶段,产品,账龄,金额,基数\n".encode())[0]
    assert ".csv" in refused("a.pdf", b"x")[0]
    assert "1 MB" in refused("a.csv", b"x" * 1_000_001)[0]
    assert refused("a.xlsx", b"no workbook")
    many = "阶段,产品,账龄,金额,基数\n" + "M1,卡,1,1,1\n" * 101
    assert "100" in refused("a.csv", many.encode())[0]


@pytest.mark.django_db
def test_the_command_says_the_same(two, tmp_path):
    path = tmp_path / "samples.csv"
    path.write_text(CSV, encoding="utf-8")
    out = io.StringIO()
    options = {"payments": path, "score": "70", "event": ["complaint=1", "late_file=2"]}
    call_command("contract_bench", two.pk, json=True, stdout=out, **options)
    assert json.loads(out.getvalue()) == json.loads(json.dumps(try_out(two, MONTH)))
    out = io.StringIO()
    call_command("contract_bench", two.pk, stdout=out, **options)
    assert "2,333.33 × 15% = 349.9995 → 350.00" in out.getvalue() and "应付合计: 400.00" in out.getvalue()
    with pytest.raises(CommandError, match="no version"):
        call_command("contract_bench", two.pk + 99, payments=path)
    with pytest.raises(CommandError, match="score"):
        call_command("contract_bench", two.pk, payments=path, score="101")
    with pytest.raises(CommandError, match="no event"):
        call_command("contract_bench", two.pk, payments=path, event=["smile=1"])
