"""What a KPI means, since when: shipped versions, decided numbers, and their pages."""

import datetime as dt
from dataclasses import replace

import pytest
from django.db import Error, transaction
from django.urls import reverse

from collection_ops.core.models import AuditEvent
from reports.kpis import catalogue, in_force
from reports.kpis.definitions import definition_of
from reports.kpis.traps import TRAPS
from reports.models import KpiVersion
from reports.reference import seed_kpis
from reports.services.kpi_versions import VersionRefused, define, write_shipped
from tests.cases.builders import desk_of
from tests.reports.kpis.builders import ask, at, call, form_token, in_hand, march, share

pytestmark = pytest.mark.django_db
EFFECTIVE = "effective_talk_rate"


def decide(manager, seconds, *, day=10, since=10, reason="按合同约定", based_on=1, name=EFFECTIVE):
    return define(
        definition=definition_of(name), typed={"seconds": str(seconds)}, effective_from=march(since), reason=reason,
        based_on=based_on, actor=manager, today=march(day), now=at(day),
    )  # fmt: skip


def test_seeding_writes_each_definition_once_in_chinese_and_undoes_nothing(manager):
    assert seed_kpis() == f"{len(catalogue())} KPI versions added"
    row = KpiVersion.objects.get(name=EFFECTIVE)
    assert (row.number, row.params) == (1, {"seconds": 10})
    assert "不少于10秒" in row.texts["event"]
    decide(manager, 15)
    assert seed_kpis() == "0 KPI versions added"
    assert in_force(EFFECTIVE, day=march(10))["seconds"] == 15


def test_a_new_edition_is_a_new_version_with_the_numbers_that_people_decided(manager):
    seed_kpis()
    decide(manager, 15)
    changed = replace(definition_of(EFFECTIVE), edition=2)
    row = write_shipped(changed, today=march(20), now=at(20))
    assert row is not None
    assert (row.number, row.edition, row.params, row.effective_from) == (3, 2, {"seconds": 15}, march(20))
    assert write_shipped(changed, today=march(21), now=at(21)) is None


def test_numbers_hold_from_their_day_on_and_old_figures_keep_the_old_ones(manager, collector):
    seed_codes_and_talk(collector)
    seed_kpis()
    decide(manager, 30, since=12)
    assert share(ask(EFFECTIVE, 2, 11)) == (1, 1)
    later = ask(EFFECTIVE, 2, 12)
    assert (share(later), later.version) == ((0, 1), 2)
    # Known by the 9th, nobody had decided it yet.
    assert ask(EFFECTIVE, 2, 12, known_by=at(9)).version == 1


def seed_codes_and_talk(collector):
    from compliance.reference import seed_codes

    seed_codes()
    call(in_hand(desk_of(collector)), collector, 2, code="UNABLE", seconds=20)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"seconds": 0}, "seconds"),
        ({"seconds": "x"}, "seconds"),
        ({"seconds": 15, "since": 9}, "effective_from"),
        ({"seconds": 15, "reason": " "}, "reason"),
        ({"seconds": 10}, ""),
        ({"seconds": 15, "based_on": 0}, ""),
        ({"seconds": 15, "name": "coverage"}, ""),
    ],
)
def test_what_cannot_be_decided_is_refused_and_changes_nothing(manager, changes, field):
    seed_kpis()
    before = KpiVersion.objects.count()
    with pytest.raises(VersionRefused) as refused:
        decide(manager, **changes)
    assert refused.value.field == field
    assert KpiVersion.objects.count() == before


@pytest.mark.parametrize("change", [lambda row: row.save(), lambda row: row.delete()])
def test_a_version_is_never_changed_or_deleted(change):
    seed_kpis()
    row = KpiVersion.objects.get(name=EFFECTIVE)
    row.reason = "另一个原因"
    with pytest.raises(Error, match="append-only"), transaction.atomic():
        change(row)


def test_every_counter_kpi_and_every_trap_is_of_the_catalogue():
    names = set(catalogue())
    assert {one.counter for one in catalogue().values()} - {""} <= names
    assert set(TRAPS) <= names


def test_the_pages_tell_what_every_kpi_means_and_what_it_does_not_say(client_as, auditor):
    page = client_as(auditor).get(reverse("reports:kpi_definitions")).content.decode()
    for name, definition in catalogue().items():
        assert str(definition.label) in page
        assert client_as(auditor).get(reverse("reports:kpi_definition", args=[name])).status_code == 200
    one = client_as(auditor).get(reverse("reports:kpi_definition", args=["rpc_per_dialled"])).content.decode()
    assert "三种分母" in one
    assert "设置新的参数" not in one
    assert client_as(auditor).get(reverse("reports:kpi_definition", args=["no_such"])).status_code == 404


def test_a_manager_sets_a_new_number_on_the_page_and_the_trail_says_so(client_as, manager, auditor):
    seed_kpis()
    client = client_as(manager)
    url = reverse("reports:kpi_definition", args=[EFFECTIVE])
    token = form_token(client.get(url).content.decode())
    today = dt.date.today()
    typed = {"seconds": "20", "effective_from": f"{today}", "reason": "质检复核", "based_on": "1", **token}
    assert client_as(auditor).post(reverse("reports:kpi_define", args=[EFFECTIVE]), typed).status_code == 403
    wrong = client.post(reverse("reports:kpi_define", args=[EFFECTIVE]), {**typed, "seconds": "9999"})
    assert wrong.status_code == 409 and "须为 1 至 600 的整数" in wrong.content.decode()
    token = form_token(wrong.content.decode())
    assert client.post(reverse("reports:kpi_define", args=[EFFECTIVE]), {**typed, **token}).status_code == 302
    assert in_force(EFFECTIVE, day=today)["seconds"] == 20
    event = AuditEvent.objects.get(action="kpi.defined")
    assert (event.data["changed"], event.reason) == ({"seconds": [10, 20]}, "质检复核")
    assert "质检复核" in client.get(url).content.decode()
