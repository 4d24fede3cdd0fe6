"""The page of cases missing from the latest file, and explaining several at once."""

import datetime as dt

import pytest
from django.urls import reverse

from cases.models import Absence, Case
from collection_ops.core.services.form_tokens import FIELD, new_token
from tests.cases.builders import desk_of, make_case, make_run, make_source

PAGE = "cases:absences"


def make_absent(contract_no: str, *, since: dt.date = dt.date(2026, 4, 1), **kwargs) -> Case:
    case = make_case(contract_no=contract_no, **kwargs)
    Absence.objects.create(case=case, as_of=since, run=make_run(case.loan.source, since))
    Case.objects.filter(pk=case.pk).update(absent_since=since)
    case.refresh_from_db()
    return case


def explain(client, cases, reason="paid", **data):
    return client.post(
        reverse("cases:absences_explain"),
        {"case": [case.pk for case in cases], "reason": reason, "note": "", "query": "", FIELD: new_token(), **data},
    )


def listed(response) -> list[str]:
    return [row["case"].loan.contract_no for row in response.context["rows"]]


def test_absent_cases_are_listed_largest_first_and_filtered(client_as, supervisor):
    make_absent("ABS-1", total="5.00")
    make_absent("ABS-2", total="50.00", source=make_source("other", "别的系统"))
    make_case(contract_no="HERE-1")
    client = client_as(supervisor)
    assert listed(client.get(reverse(PAGE))) == ["ABS-2", "ABS-1"]
    assert listed(client.get(reverse(PAGE) + "?source=other")) == ["ABS-2"]
    assert listed(client.get(reverse(PAGE) + "?amount_to=10")) == ["ABS-1"]
    assert listed(client.get(reverse(PAGE) + "?missing_for=99999")) == []
    assert listed(client.get(reverse(PAGE) + "?sort=absent_since")) == ["ABS-1", "ABS-2"]


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
