"""The pages of the register: what somebody sees and may do there, and what a refusal leaves standing."""

import datetime as dt

import pytest
from django.urls import reverse

from collection_ops.core import clock
from collection_ops.core.models import User
from compliance.breaching import handling
from compliance.breaching.register import report_breach
from compliance.models import BreachCase
from tests.compliance.conftest import monday

pytestmark = pytest.mark.django_db
NOW = monday("10:00", day=3)


@pytest.fixture(autouse=True)
def _tuesday(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("now", "database_now"):
        monkeypatch.setattr(clock, name, lambda: NOW)


def reported(user: User | None, **more) -> BreachCase:
    given = {"kind": "B01.2", "severity": None, "what": "电话里骂人", "actor": None, "now": NOW, "user": user, **more}
    return report_breach(**given)


def send(client, route: str, row: BreachCase, **values: str):
    return client.post(
        reverse(f"compliance:{route}", args=[row.pk]), {"form_token": f"{route}{row.pk:040d}"[:43], **values}
    )


def page(client, row: BreachCase, route: str = "breach"):
    return client.get(reverse(f"compliance:{route}", args=[row.pk]))


def test_the_way_through_the_pages_and_a_refusal_that_loses_nothing(
    collector: User, supervisor: User, compliance_officer: User, client_as
) -> None:
    row, owner, officer = reported(collector), client_as(supervisor), client_as(compliance_officer)
    assert "还没有负责人" in page(officer, row).content.decode()
    assert send(officer, "breach_take", row, owner=str(supervisor.pk)).status_code == 302
    refused = send(owner, "breach_remedy", row, words=" ", evidence="辅导记录 12")
    assert refused.status_code == 400
    assert "辅导记录 12" in refused.content.decode()
    assert page(officer, row).content.decode().count('name="decision"') == 1, "only «not a breach» before the remedy"
    assert owner.post(
        reverse("compliance:breach_remedy", args=[row.pk]), {"form_token": "n" * 43, "words": "已辅导"}
    ).status_code == 302  # fmt: skip
    assert "负责人不能复核自己的整改" in page(owner, row).content.decode()
    assert send(owner, "breach_review", row, words="好", decision="close").status_code == 403
    assert send(officer, "breach_review", row, words="好", decision="close").status_code == 302
    row.refresh_from_db()
    assert (row.state, row.closed_by) == ("closed", compliance_officer)


def test_whoever_it_is_about_reads_it_on_their_own_page_and_not_in_the_register(
    collector: User, compliance_officer: User, team_leader: User, client_as
) -> None:
    row, officers = reported(collector, evidence="质检 7"), reported(compliance_officer)
    handling.note(row=row, words="组长说他常这样", actor=compliance_officer, now=NOW)
    own = client_as(collector)
    assert page(own, row).status_code == 403
    shown = page(own, row, "my_breach").content.decode()
    assert "电话里骂人" in shown
    for kept in ("组长说他常这样", "质检 7", "何合规"):
        assert kept not in shown
    assert send(own, "my_breach", row, words="客户先骂的").status_code == 302
    assert "客户先骂的" in page(client_as(compliance_officer), row).content.decode()
    assert page(client_as(team_leader), row, "my_breach").status_code == 404
    assert page(client_as(compliance_officer), officers).status_code == 404
    assert page(client_as(compliance_officer), officers, "my_breach").status_code == 200
    assert row.number in own.get(reverse("compliance:my_breaches")).content.decode()


def test_the_filters_and_counts_of_the_list(
    collector: User, supervisor: User, compliance_officer: User, client_as, monkeypatch: pytest.MonkeyPatch
) -> None:
    critical, minor = reported(collector), reported(collector, kind="CN-I-01")
    agency = reported(None, org="agency-a", source="agency", kind="B01.6")
    handling.take(row=minor, owner=supervisor, actor=compliance_officer, now=NOW)
    handling.dismiss(row=agency, words="误报", actor=compliance_officer, now=NOW)
    client = client_as(supervisor)

    def listed(**query: object) -> set[int]:
        answer = client.get(reverse("compliance:breaches"), query)
        return {line.row.pk for line in answer.context["lines"]}

    assert listed() == {critical.pk, minor.pk}
    assert listed(state="all") == {critical.pk, minor.pk, agency.pk}
    assert listed(state="dismissed", source="agency") == {agency.pk}
    assert listed(severity=3) == {critical.pk}
    assert (listed(owner=supervisor.pk), listed(owner="none")) == ({minor.pk}, {critical.pk})
    assert listed(rule="cn-i-01") == {minor.pk}
    for name in ("now", "database_now"):
        monkeypatch.setattr(clock, name, lambda: NOW + dt.timedelta(days=4))
    assert listed(overdue="1") == {critical.pk}
    counts = client.get(reverse("compliance:breaches")).context["counts"]
    assert (counts.all, counts.open, counts.in_hand, counts.overdue, counts.critical) == (2, 1, 1, 1, 1)


def test_a_breach_written_down_by_hand_and_one_that_says_too_little(
    collector: User, compliance_officer: User, vendor_manager: User, client_as
) -> None:
    url, client = reverse("compliance:breach_new"), client_as(compliance_officer)
    values = {"kind": "B01.6", "source": "hand", "found_on": "2026-03-03", "what": "上门贴纸条"}
    refused = client.post(url, {**values, "form_token": "a" * 43})
    assert refused.status_code == 409
    assert "请指明当事人或机构" in refused.content.decode()
    assert "上门贴纸条" in refused.content.decode()
    answer = client.post(url, {**values, "user": collector.pk, "form_token": "b" * 43})
    row = BreachCase.objects.get()
    assert answer.url == reverse("compliance:breach", args=[row.pk])
    assert (row.user, row.severity, row.reported_by) == (collector, 2, compliance_officer)
    assert client_as(vendor_manager).get(url).status_code == 403


def test_the_case_tells_of_its_breaches_to_whoever_may_read_them(
    person, collector: User, supervisor: User, client_as
) -> None:
    from tests.compliance.breaching.test_list_page import night_call

    night_call(person)
    url = f"{reverse('cases:record', args=[person.card.pk])}?tab=timeline"
    number = BreachCase.objects.get().number
    assert number in client_as(supervisor).get(url).content.decode()
    assert number not in client_as(collector).get(url).content.decode()
