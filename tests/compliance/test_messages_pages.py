"""Texts of messages, sending one, and the list of what went out."""

import datetime as dt
import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from collection_ops.core.models import User
from collection_ops.core.services.form_tokens import new_token
from compliance.dispatch import dispatch_due
from compliance.models import MessageTemplate, QueuedMessage
from compliance.services.templates import decide_template, write_template
from tests.compliance.conftest import Person
from tests.compliance.test_rules_page import CHINESE, main_of

pytestmark = pytest.mark.django_db

TEXT = {
    "code": "overdue",
    "channel": "sms",
    "audience": "debtor",
    "purpose": "demand",
    "body": "应还{amount}元，请致电{phone}",
}


@pytest.fixture
def template(supervisor: User, compliance_officer: User) -> MessageTemplate:
    day, now = timezone.localdate(), timezone.now()
    found = write_template(**TEXT, valid_from=day - dt.timedelta(days=60), actor=supervisor, now=now)
    return decide_template(template=found, approve=True, actor=compliance_officer, now=now)


def send(client: Client, route: str, *args: object, **values: object):
    return client.post(reverse(route, args=args), {"form_token": new_token(), **values})


def test_a_text_is_written_on_the_page_and_approved_by_another(client_as, supervisor, manager, collector) -> None:
    writer, today = client_as(supervisor), timezone.localdate().isoformat()
    wrong = send(writer, "compliance:template_new", **{**TEXT, "body": "公安机关将上门拘留", "valid_from": today})
    assert "公安机关将上门" in main_of(wrong, status=409)
    send(writer, "compliance:template_new", **{**TEXT, "valid_from": today})
    found = MessageTemplate.objects.get()
    page = main_of(writer.get(reverse("compliance:template", args=[found.pk])))
    assert "须由另一人批准" in page and 'value="yes"' not in page
    approver = client_as(manager)
    assert 'value="yes"' in main_of(approver.get(reverse("compliance:template", args=[found.pk])))
    send(approver, "compliance:template_decide", found.pk, approve="yes")
    found.refresh_from_db()
    assert (found.state, found.approved_by) == ("approved", manager)
    retire = send(writer, "compliance:template_retire", found.pk, reason=" ")
    assert retire.status_code == 409
    send(writer, "compliance:template_retire", found.pk, reason="措辞过时")
    found.refresh_from_db()
    assert found.state == "retired"
    assert "overdue v1" in main_of(client_as(collector).get(reverse("compliance:templates")))
    assert client_as(collector).get(reverse("compliance:template_new")).status_code == 403


def test_the_next_version_begins_with_the_words_of_the_last(client_as, supervisor, template) -> None:
    page = main_of(client_as(supervisor).get(reverse("compliance:template_new") + f"?from={template.pk}"))
    assert template.body in page and 'value="overdue"' in page
    assert client_as(supervisor).get(reverse("compliance:template_new") + "?from=x").status_code == 200


def test_a_collector_queues_a_message_and_takes_it_back(client_as, person: Person, collector, template) -> None:
    client, address = client_as(collector), reverse("workbench:message", args=[person.card.pk])
    assert template.body in main_of(client.get(address))
    wrong = send(client, "workbench:message", person.card.pk, point=person.aunt.pk, template=template.pk)
    assert "联系人" in main_of(wrong, status=409)
    assert send(client, "workbench:message", person.card.pk, point="0", template=template.pk).status_code == 400
    send(client, "workbench:message", person.card.pk, point=person.mobile.pk, template=template.pk)
    message = QueuedMessage.objects.get()
    assert (message.state, message.queued_by, message.point) == ("waiting", collector, person.mobile)
    twice = send(client, "workbench:message", person.card.pk, point=person.mobile.pk, template=template.pk)
    assert twice.status_code == 409
    send(client, "workbench:message_cancel", person.card.pk, message.pk)
    message.refresh_from_db()
    assert message.state == "cancelled"


def test_without_a_text_the_page_says_who_writes_one(client_as, person: Person, collector) -> None:
    page = main_of(client_as(collector).get(reverse("workbench:message", args=[person.card.pk])))
    assert "没有可用的模板" in page


def test_the_list_shows_what_was_refused_and_why(
    client_as, person: Person, collector, template, compliance_officer, clerk
) -> None:
    send(client_as(collector), "workbench:message", person.card.pk, point=person.mobile.pk, template=template.pk)
    MessageTemplate.objects.filter(pk=template.pk).update(valid_to=timezone.localdate() - dt.timedelta(days=1))
    dispatch_due(now=timezone.now())
    client = client_as(compliance_officer)
    page = main_of(client.get(reverse("compliance:outbox")))
    assert "CN-M-01" in page and "139****1111" in page
    assert "没有符合条件的记录" in main_of(client.get(reverse("compliance:outbox"), {"state": "sent"}))
    assert client_as(clerk).get(reverse("compliance:outbox")).status_code == 403


def test_the_pages_are_in_english_too(client_as, person: Person, collector, supervisor, compliance_officer) -> None:
    found = write_template(
        **{**TEXT, "body": "Please call {phone}"}, valid_from=timezone.localdate(), actor=supervisor,
        now=timezone.now(),
    )  # fmt: skip
    decide_template(template=found, approve=True, actor=compliance_officer, now=timezone.now())
    send(client_as(collector), "workbench:message", person.card.pk, point=person.mobile.pk, template=found.pk)
    for user, address in (
        (compliance_officer, reverse("compliance:templates")),
        (compliance_officer, reverse("compliance:template", args=[found.pk])),
        (compliance_officer, reverse("compliance:template_new")),
        (compliance_officer, reverse("compliance:outbox")),
        (collector, reverse("workbench:message", args=[person.card.pk])),
    ):
        client = client_as(user)
        client.cookies["language"] = "en"
        page = main_of(client.get(address))
        for own in ("何合规", "朱主管", "林催收", "姑姑", person.card.loan.debtor.name):
            page = page.replace(own, "")
        assert not CHINESE.search(page), page[CHINESE.search(page).start() - 80 :][:160]


def test_the_list_costs_the_same_with_many(
    client_as, person: Person, collector, template, compliance_officer, django_assert_max_num_queries
) -> None:
    for _n in range(12):
        QueuedMessage.objects.create(
            case=person.card, point=person.mobile, template=template, queued_by=collector, state="cancelled",
            queued_at=timezone.now(), send_after=timezone.now(),
        )  # fmt: skip
    client = client_as(compliance_officer)
    with django_assert_max_num_queries(12):
        page = main_of(client.get(reverse("compliance:outbox")))
    assert len(re.findall("data-message", page)) == 12
