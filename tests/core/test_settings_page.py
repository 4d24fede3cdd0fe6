"""The settings of the business on their page: what is in force, what changed and why, and setting a new value."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from collection_ops.core.dated_settings import declared, setting_named
from collection_ops.core.models import AuditEvent, DatedSetting
from collection_ops.core.services.form_tokens import new_token

pytestmark = pytest.mark.django_db
NAME = "promise.grace_days"


def send(client, name=NAME, **typed):
    today = timezone.localdate()
    values = {"value": "3", "effective_from": today.isoformat(), "reason": "月末放宽", **typed}
    return client.post(reverse("core:setting_change", args=[name]), {"form_token": new_token(), **values})


def test_every_declared_setting_is_listed_and_each_has_its_page(client_as, auditor):
    client = client_as(auditor)
    page = client.get(reverse("core:settings")).content.decode()
    assert len(declared()) >= 10
    for one in declared():
        assert one.name in page
        assert client.get(reverse("core:setting", args=[one.name])).status_code == 200
    assert client.get(reverse("core:setting", args=["no.such"])).status_code == 404


def test_a_manager_sets_a_value_from_tomorrow_on_and_today_keeps_its_own(client_as, manager, auditor):
    today = timezone.localdate()
    tomorrow = today + dt.timedelta(days=1)
    client = client_as(manager)
    assert send(client, effective_from=tomorrow.isoformat()).status_code == 302
    grace = setting_named(NAME)
    assert (grace.on(today), grace.on(tomorrow)) == (1, 3)
    assert f"{tomorrow} 起 3 天" in client.get(reverse("core:settings")).content.decode()
    history = client_as(auditor).get(reverse("core:setting", args=[NAME])).content.decode()
    assert "月末放宽" in history and "景经理" in history and "将生效" in history
    assert "设置新的值" not in history
    event = AuditEvent.objects.get(action="setting.changed")
    assert (event.data["from"], event.data["to"], event.reason) == ("1", "3", "月末放宽")


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"value": "31"}, "须在 0 与 30 之间"),
        ({"value": "三天"}, "须为数字"),
        ({"value": "1.5"}, "须为数字"),
        ({"value": ""}, "请填写新的值"),
        ({"effective_from": "2020-01-01"}, "生效日期不能早于今天"),
        ({"reason": ""}, "请写明修改的原因"),
    ],
)
def test_a_wrong_value_is_said_and_what_was_typed_stays(client_as, manager, typed, sentence):
    client = client_as(manager)
    answer = send(client, **typed)
    page = answer.content.decode()
    assert (answer.status_code, DatedSetting.objects.count()) == (400, 0)
    assert sentence in page
    assert all(f'value="{value}"' in page for value in {"reason": "月末放宽", **typed}.values() if value)
    assert send(client).status_code == 302
    assert DatedSetting.objects.count() == 1


def test_yes_and_no_are_chosen(client_as, supervisor):
    client = client_as(supervisor)
    assert "否" in client.get(reverse("core:setting", args=["waiver.supervisor_interest"])).content.decode()
    assert send(client, "waiver.supervisor_interest", value="yes").status_code == 302
    assert setting_named("waiver.supervisor_interest").on(timezone.localdate()) is True
    assert send(client, "waiver.supervisor_interest", value="maybe").status_code == 400


def test_who_only_reads_cannot_write_and_others_do_not_get_in(client_as, auditor, compliance_officer, collector):
    for reader in (auditor, compliance_officer):
        assert client_as(reader).get(reverse("core:settings")).status_code == 200
        assert send(client_as(reader)).status_code == 403
    assert client_as(collector).get(reverse("core:settings")).status_code == 403
    assert not DatedSetting.objects.exists()
