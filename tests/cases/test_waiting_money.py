"""Money that waits for its contract: read, matched by a person, taken back; and the pages of a repayment file."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from cases.models import ImportRow, ImportRun, Loan, Repayment, Source
from cases.services.matching import MatchRefused, match_repayment, release_repayment
from cases.services.sources import change_source
from collection_ops.core import clock
from collection_ops.core.models import AuditEvent, Job, User
from collection_ops.core.services import jobs
from collection_ops.core.services.form_tokens import new_token
from tests.cases.builders import make_case, make_source

SignIn = Callable[[User], Client]
PAID = dt.date(2026, 3, 2)


@pytest.fixture
def source(db: None) -> Source:
    return make_source()


@pytest.fixture
def loan(source: Source) -> Loan:
    return make_case(contract_no="HT1", name="赵永强", source=source).loan


def waiting(source: Source, *, name: str = "赵永强", **changes: Any) -> Repayment:
    run = ImportRun.objects.get_or_create(
        source=source,
        kind="repayments",
        as_of=PAID,
        file_name="还款.xlsx",
        stored_name="-",
        sha256="f" * 64,
        state="applied",
    )[0]
    number = ImportRow.objects.filter(run=run).count() + 2
    row = ImportRow.objects.create(
        run=run, sheet="还款", row_number=number, state="accepted", debtor_name=name, paid_on=PAID, amount=250
    )
    known = {"contract_no": "", "paid_on": PAID, "amount": Decimal("250.00"), "reference": f"P{number}"}
    return Repayment.objects.create(source=source, run=run, row=row.pk, **known | changes)


def send(browser: Client, route: str, *arguments: Any, **data: Any) -> Any:
    return browser.post(reverse(route, args=arguments), {"form_token": new_token(), **data})


def do_jobs() -> None:
    for job in Job.objects.filter(state="queued").order_by("pk"):
        jobs.run(job.pk)


# The service --------------------------------------------------------------------------------------------------------


def test_money_and_its_reversal_are_matched_together_and_released_together(source, loan, clerk):
    payment = waiting(source)
    reversal = waiting(source, reversal_of=payment, reference="R1")
    now = clock.now()
    match_repayment(repayment=payment, contract_no=" HT1 ", actor=clerk, now=now)
    for row in (payment, reversal):
        row.refresh_from_db()
        assert (row.loan, row.matched_by, row.matched_at, row.contract_no) == (loan, clerk, now, "")
    release_repayment(repayment=payment, actor=clerk, now=now)
    for row in (payment, reversal):
        row.refresh_from_db()
        assert (row.loan, row.matched_by, row.matched_at) == (None, None, None)
    assert list(
        AuditEvent.objects.filter(action__startswith="repayment").order_by("pk").values_list("action", flat=True)
    ) == [
        "repayment.matched",
        "repayment.released",
    ]


def test_money_goes_to_one_contract_of_its_own_source_only(source, loan, clerk):
    make_case(contract_no="HT2", source=make_source("loan", "消费贷系统"))
    payment = waiting(source)
    for contract_no in ("HT2", "HT", ""):
        with pytest.raises(MatchRefused):
            match_repayment(repayment=payment, contract_no=contract_no, actor=clerk, now=clock.now())
    stale = Repayment.objects.get(pk=payment.pk)
    match_repayment(repayment=payment, contract_no="HT1", actor=clerk, now=clock.now())
    with pytest.raises(MatchRefused):  # a colleague, whose page still shows it waiting
        match_repayment(repayment=stale, contract_no="HT1", actor=clerk, now=clock.now())
    assert AuditEvent.objects.filter(action="repayment.matched").count() == 1


def test_money_that_a_file_matched_is_not_released_by_hand(source, loan, clerk):
    payment = waiting(source, contract_no="HT1", loan=loan)
    with pytest.raises(MatchRefused):
        release_repayment(repayment=payment, actor=clerk, now=clock.now())
    payment.refresh_from_db()
    assert payment.loan == loan


# The pages ----------------------------------------------------------------------------------------------------------


def test_the_clerk_finds_the_contract_sees_whose_it_is_and_matches(source, loan, clerk, client_as):
    payment = waiting(source)
    waiting(source, amount=Decimal("50.00"))
    browser = client_as(clerk)
    page = browser.get(reverse("cases:waiting_money")).content.decode()
    assert "2 笔，300.00 元" in page

    looked = browser.post(reverse("cases:waiting_payment", args=[payment.pk]), {"contract_no": "HT9"})
    assert looked.status_code == 422
    assert "账簿中没有这份合同" in looked.content.decode()
    looked = browser.post(reverse("cases:waiting_payment", args=[payment.pk]), {"contract_no": "HT1"})
    assert "归入这份合同" in looked.content.decode()
    assert Repayment.objects.get(pk=payment.pk).loan is None, "looking writes nothing"

    assert send(browser, "cases:waiting_match", payment.pk, contract_no="HT1").status_code == 302
    assert Repayment.objects.get(pk=payment.pk).loan == loan
    assert "1 笔，50.00 元" in browser.get(reverse("cases:waiting_money")).content.decode()
    matched = browser.get(reverse("cases:waiting_money"), {"show": "matched"}).content.decode()
    assert "1 笔，250.00 元" in matched
    send(browser, "cases:waiting_release", payment.pk)
    assert Repayment.objects.get(pk=payment.pk).loan is None


def test_the_auditor_reads_and_cannot_match_and_other_money_is_not_here(source, loan, auditor, collector, client_as):
    payment = waiting(source)
    browser = client_as(auditor)
    page = browser.post(reverse("cases:waiting_payment", args=[payment.pk]), {"contract_no": "HT1"}).content.decode()
    assert "归入这份合同" not in page
    assert send(browser, "cases:waiting_match", payment.pk, contract_no="HT1").status_code == 403
    assert client_as(collector).get(reverse("cases:waiting_money")).status_code == 403
    known = waiting(source, contract_no="HT1", loan=loan)
    assert browser.get(reverse("cases:waiting_payment", args=[known.pk])).status_code == 404
    assert Repayment.objects.get(pk=payment.pk).loan is None


def test_a_repayment_file_goes_through_the_import_pages(source, loan, clerk, client_as):
    change_source(source=source, actor=None, max_rejected_percent=50)
    browser = client_as(clerk)
    rows = ["流水号,合同编号,还款日期,还款金额", "P1,HT1,2026-03-02,10", "P2,HT8,2026-03-02,5", "P3,HT1,2026-03-02,0"]
    file = SimpleUploadedFile("昨日.csv", "\n".join(rows).encode())
    response = send(browser, "cases:import_upload", source=source.pk, kind="", file=file)
    assert response.status_code == 422, "nobody knows yet what it is, so its day is asked for"
    file.seek(0)
    send(browser, "cases:import_upload", source=source.pk, kind="", as_of="2026-03-03", file=file)
    do_jobs()
    run = ImportRun.objects.latest("pk")
    assert (run.kind, run.state) == ("repayments", "preview")
    page = browser.get(reverse("cases:import_run", args=[run.pk])).content.decode()
    assert "<strong>2</strong> 笔可以入账" in page
    assert "按阶段" not in page
    for kind, wanted in (("booked", "P1"), ("unmatched", "P2"), ("rejected", "P3")):
        shown = browser.get(reverse("cases:import_rows", args=[run.pk, kind])).content.decode()
        assert [name for name in ("P1", "P2", "P3") if f">{name}<" in shown] == [wanted]

    assert send(browser, "cases:import_apply", run.pk).status_code == 422
    send(browser, "cases:import_apply", run.pk, accept_good_rows="on")
    do_jobs()
    assert dict(Repayment.objects.values_list("reference", "loan")) == {"P1": loan.pk, "P2": None}
    assert browser.get(reverse("cases:import_run", args=[run.pk])).status_code == 200
    assert browser.get(reverse("cases:imports")).status_code == 200
    send(browser, "cases:import_undo", run.pk)
    do_jobs()
    assert not Repayment.objects.exists()
    assert browser.get(reverse("cases:import_run", args=[run.pk])).status_code == 200


def test_payments_need_no_day_when_the_clerk_says_what_they_are(source, clerk, client_as):
    file = SimpleUploadedFile("昨日.csv", "流水号,合同编号,还款日期,还款金额\nP1,HT1,2026-03-02,10\n".encode())
    response = send(client_as(clerk), "cases:import_upload", source=source.pk, kind="repayments", file=file)
    assert response.status_code == 302
    assert ImportRun.objects.latest("pk").as_of == clock.business_date(clock.now())
