"""The page of cases missing from the latest file, and explaining several at once."""

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse

from cases.imports.booking.book_hash import book_hash
from cases.models import Absence, AbsenceReason, Case, Repayment
from cases.services import absences as absence_services
from cases.services.absences import explain as explain_one
from cases.views import absences as absence_views
from collection_ops.core import clock, invariants
from collection_ops.core.models import AuditEvent
from collection_ops.core.services.form_tokens import FIELD, new_token
from tests.cases.builders import desk_of, make_case, make_run, make_source

PAGE = "cases:absences"
NOT_BUILT = {"I16", "I16b"}  # the runs of these books were made without a file


def make_absent(contract_no: str, *, since: dt.date = dt.date(2026, 4, 1), **kwargs) -> Case:
    case = make_case(contract_no=contract_no, **kwargs)
    Absence.objects.create(case=case, as_of=since, run=make_run(case.loan.source, since))
    Case.objects.filter(pk=case.pk).update(absent_since=since)
    case.refresh_from_db()
    return case


def broken():
    return {
        r["code"]: r["rows"] for r in invariants.check_all(now=clock.now()) if r["count"] and r["code"] not in NOT_BUILT
    }


def explain(client, cases, reason="paid", **data):
    return client.post(
        reverse("cases:absences_explain"),
        {"case": [case.pk for case in cases], "reason": reason, "note": "", "query": "", FIELD: new_token(), **data},
    )


def listed(response) -> list[str]:
    return [row.case.loan.contract_no for row in response.context["rows"]]


def test_absent_cases_are_listed_oldest_first_and_filtered(client_as, supervisor):
    make_absent("ABS-1", total="5.00", since=dt.date(2026, 4, 2))
    make_absent("ABS-2", total="50.00", source=make_source("other", "别的系统"))
    make_case(contract_no="HERE-1")
    client = client_as(supervisor)
    assert listed(client.get(reverse(PAGE))) == ["ABS-2", "ABS-1"]
    assert listed(client.get(reverse(PAGE) + "?source=other")) == ["ABS-2"]
    assert listed(client.get(reverse(PAGE) + "?amount_to=10")) == ["ABS-1"]
    assert listed(client.get(reverse(PAGE) + "?missing_for=99999")) == []
    assert listed(client.get(reverse(PAGE) + "?sort=total")) == ["ABS-1", "ABS-2"]


def pay(case: Case, amount: str, *, on: dt.date = dt.date(2026, 4, 1), **more) -> Repayment:
    return Repayment.objects.create(
        source=case.loan.source, contract_no=case.loan.contract_no, loan=case.loan, paid_on=on,
        amount=Decimal(amount), **{"status": "confirmed", **more},
    )  # fmt: skip


def test_money_that_covers_a_part_stands_beside_the_absence_and_can_be_filtered_by(client_as, supervisor):
    paid, claimed = make_absent("ABS-1", total="1000.00"), make_absent("ABS-2", total="1000.00")
    pay(paid, "250.00")
    pay(claimed, "250.00", status="claimed")
    client = client_as(supervisor)
    page = client.get(reverse(PAGE))
    assert [(row.received, row.share) for row in page.context["rows"]] == [
        (Decimal("250.00"), Decimal("25.0")),
        (None, None),
    ]
    assert "占 25.0 %" in page.content.decode()
    assert listed(client.get(reverse(PAGE) + "?money=with")) == ["ABS-1"]
    assert listed(client.get(reverse(PAGE) + "?money=without")) == ["ABS-2"]
    assert listed(client.get(reverse(PAGE) + "?money=nonsense")) == ["ABS-1", "ABS-2"]


def test_several_are_explained_at_once_and_closed_on_the_day_they_were_first_missing(client_as, supervisor):
    cases = [make_absent("ABS-1"), make_absent("ABS-2")]
    left = make_absent("ABS-3")
    assert explain(client_as(supervisor), cases).status_code == 302
    for case in cases:
        case.refresh_from_db()
        assert (case.closed_on, case.close_reason) == (dt.date(2026, 4, 1), "paid")
    left.refresh_from_db()
    assert left.is_open
    assert listed(client_as(supervisor).get(reverse(PAGE))) == ["ABS-3"]


def test_a_cut_file_keeps_the_case_open_and_present(client_as, supervisor):
    case = make_absent("ABS-1")
    explain(client_as(supervisor), [case], reason="file_cut")
    case.refresh_from_db()
    assert case.is_open and case.absent_since is None


@pytest.mark.parametrize(
    "data",
    [{"reason": ""}, {"reason": "returned"}, {"reason": "nonsense"}, {"reason": "other", "note": " "}, {"case": []}],
)
def test_an_incomplete_explanation_changes_nothing(client_as, supervisor, data):
    case = make_absent("ABS-1")
    response = explain(client_as(supervisor), [case], **data)
    assert response.status_code == 302
    assert not Absence.objects.exclude(reason="").exists()


def test_one_case_out_of_scope_among_the_chosen_explains_none(client_as, clerk, supervisor):
    """The clerk's scope are the imports of thirty days; the other case came with nobody's old run."""
    mine = make_absent("ABS-1")
    foreign = make_absent("ABS-2")
    Case.objects.filter(pk=mine.pk).update(last_run=make_run(make_source("c", "C"), uploaded_by=clerk))
    Case.objects.filter(pk=foreign.pk).update(last_run=make_run(make_source("s", "S"), uploaded_by=supervisor))
    explain(client_as(clerk), [mine, foreign])
    assert not Absence.objects.exclude(reason="").exists()
    explain(client_as(clerk), [mine])
    assert Absence.objects.exclude(reason="").count() == 1


def test_what_a_colleague_explained_meanwhile_is_told_and_left_alone(client_as, supervisor, clerk):
    cases = [make_absent("ABS-1"), make_absent("ABS-2")]
    client = client_as(supervisor)
    explain_one(absence=cases[0].absences.get(), reason=AbsenceReason.RECALLED, actor=clerk, now=clock.now())
    page = client.get(explain(client, cases)["Location"]).content.decode()
    assert "已解释 1 件" in page
    assert "1 件已由他人、还款或后来的文件解释，没有改动" in page
    assert set(Absence.objects.values_list("reason", "explained_by")) == {
        ("recalled", clerk.pk),
        ("paid", supervisor.pk),
    }


def test_all_that_the_filter_finds_are_explained_with_one_word_each_in_the_audit_trail(client_as, supervisor):
    for number in range(3):
        make_absent(f"ABS-{number}", total="5.00")
    large = make_absent("ABS-9", total="50.00")
    response = explain(client_as(supervisor), [], reason="mistake", all="1", query="amount_to=10", note="重复上报")
    assert "amount_to=10" in response["Location"]
    assert Case.objects.closed().filter(close_reason="mistake", close_note="重复上报").count() == 3
    large.refresh_from_db()
    assert large.is_open
    assert AuditEvent.objects.filter(action="absence.explained", reason="重复上报").count() == 3
    assert AuditEvent.objects.filter(action="case.closed", data__closed_on="2026-04-01").count() == 3
    assert broken() == {}


def test_more_than_may_be_explained_at_once_are_refused_with_what_to_do(client_as, supervisor, monkeypatch):
    monkeypatch.setattr(absence_services, "MOST_AT_ONCE", 2)
    monkeypatch.setattr(absence_views, "MOST_AT_ONCE", 2)
    for number in range(3):
        make_absent(f"ABS-{number}")
    client = client_as(supervisor)
    assert "请先缩小筛选范围" in client.get(reverse(PAGE)).content.decode()
    response = explain(client, [], all="1")
    assert "一次最多解释 2 件" in client.get(response["Location"]).content.decode()
    assert not Absence.objects.exclude(reason="").exists()


def take_back(client, absence):
    return client.post(reverse("cases:absence_take_back", args=[absence.pk]), {FIELD: new_token()})


@pytest.mark.parametrize("reason", ["paid", "file_cut"])
def test_a_wrong_click_is_taken_back_and_the_book_is_as_before(client_as, supervisor, reason):
    case = make_absent("ABS-1")
    before = book_hash()
    client = client_as(supervisor)
    explain(client, [case], reason=reason)
    assert book_hash() != before
    assert "撤回解释" in client.get(reverse(PAGE)).content.decode()
    take_back(client, case.absences.get())
    assert book_hash() == before
    assert listed(client.get(reverse(PAGE))) == ["ABS-1"]
    assert broken() == {}
    assert "还没有解释" not in client.get(reverse(PAGE)).content.decode()
    assert take_back(client, case.absences.get()).status_code == 404  # it is open: nothing to take back


def test_an_explanation_on_which_a_new_case_stands_is_not_taken_back(client_as, supervisor):
    case = make_absent("ABS-1")
    client = client_as(supervisor)
    explain(client, [case])
    make_case(loan=case.loan, episode=2, as_of=dt.date(2026, 4, 2))
    response = take_back(client, case.absences.get())
    assert "解释之后这个合同又有变动" in client.get(response["Location"]).content.decode()
    case.refresh_from_db()
    assert not case.is_open


def test_what_a_file_or_another_clerk_explained_is_not_mine_to_take_back(client_as, clerk, supervisor):
    case = make_absent("ABS-1")
    explain_one(absence=case.absences.get(), reason=AbsenceReason.PAID, actor=supervisor, now=clock.now())
    assert take_back(client_as(clerk), case.absences.get()).status_code == 404
    case.absences.update(explained_by=None, explained_by_run=case.last_run, reason="returned")
    assert take_back(client_as(supervisor), case.absences.get()).status_code == 404


def test_explaining_twice_with_one_form_explains_once(client_as, supervisor):
    case = make_absent("ABS-1")
    token = new_token()
    client = client_as(supervisor)
    explain(client, [case], **{FIELD: token})
    response = explain(client, [case], **{FIELD: token})
    assert response.status_code == 302
    assert Absence.objects.filter(reason="paid").count() == 1


def test_who_may_not_close_may_not_look_either(client_as, collector):
    make_absent("ABS-1", desk=desk_of(collector))
    assert client_as(collector).get(reverse(PAGE)).status_code == 403


@pytest.mark.parametrize(
    "query", ["sort=debtor__id_no", "after=x", "missing_for=1e9", "missing_for=-1", "source=%00", "amount_from=NaN"]
)
def test_a_hostile_address_never_breaks_the_page(client_as, supervisor, query):
    make_absent("ABS-1")
    assert client_as(supervisor).get(f"{reverse(PAGE)}?{query}").status_code == 200


def test_no_absences_is_said(client_as, supervisor):
    assert "没有待解释的缺席案件" in client_as(supervisor).get(reverse(PAGE)).content.decode()
