"""A form has one effect, however often it is sent."""

import re

import pytest
from django.urls import reverse

from collection_ops.core.models import FormToken, Job, User
from collection_ops.core.services.form_tokens import new_token
from tests.core.races import at_once


@pytest.fixture
def page(auditor, client_as):
    return client_as(auditor)


CHECK = "/health/check/"


@pytest.mark.django_db
def test_the_form_carries_a_new_token_each_time_it_is_shown(page):
    shown = [
        re.search(r'name="form_token" value="([^"]+)"', page.get(reverse("core:health_page")).content.decode()).group(1)
        for _look in range(2)
    ]
    assert shown[0] != shown[1] and len(shown[0]) == 43


@pytest.mark.django_db
def test_back_and_sent_again_has_no_second_effect_and_leads_to_the_same_place(page):
    token = new_token()
    first = page.post(CHECK, {"form_token": token})
    second = page.post(CHECK, {"form_token": token}, follow=True)
    assert first.status_code == 302
    assert second.redirect_chain[0][0] == first["Location"]
    assert "已经提交过，没有重复执行。" in second.content.decode()
    assert Job.objects.count() == 1


@pytest.mark.django_db
def test_without_a_token_nothing_happens(page):
    assert page.post(CHECK).status_code == 400
    assert page.post(CHECK, {"form_token": "x"}).status_code == 400
    assert Job.objects.count() == 0


@pytest.mark.django_db
def test_the_same_token_with_other_content_is_refused(page):
    token = new_token()
    page.post(CHECK, {"form_token": token})
    assert page.post(CHECK, {"form_token": token, "other": "1"}).status_code == 409
    assert Job.objects.count() == 1


@pytest.mark.django_db
def test_somebody_elses_token_is_refused(page, compliance_officer, client_as):
    token = new_token()
    page.post(CHECK, {"form_token": token})
    assert client_as(compliance_officer).post(CHECK, {"form_token": token}).status_code == 409


@pytest.mark.django_db
def test_a_form_that_came_back_with_errors_may_be_sent_again(admin_user, client_as):
    client, token = client_as(admin_user), new_token()
    form = {"form_token": token, "username": "", "display_name": "新人"}
    assert client.post(reverse("core:user_create"), form).status_code == 200
    assert not FormToken.objects.exists()
    assert client.post(reverse("core:user_create"), form | {"username": "new.person"}).status_code == 302
    assert User.objects.filter(username="new.person").count() == 1


@pytest.mark.django_db
def test_a_second_submit_by_htmx_is_sent_to_the_same_place(page):
    token = new_token()
    first = page.post(CHECK, {"form_token": token})
    second = page.post(CHECK, {"form_token": token}, headers={"HX-Request": "true"})
    assert second.status_code == 204 and second["HX-Redirect"] == first["Location"]


@pytest.mark.django_db(transaction=True)
def test_a_double_click_has_one_effect(auditor, client_as):
    token = new_token()
    clients = [client_as(auditor) for _click in range(4)]
    answers = at_once(*[lambda c=c: c.post(CHECK, {"form_token": token}) for c in clients])
    assert [a.status_code for a in answers] == [302] * 4
    assert len({a["Location"] for a in answers}) == 1
    assert Job.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_twin_with_four_tokens_has_four_effects(auditor, client_as):
    clients = [client_as(auditor) for _click in range(4)]
    at_once(*[lambda c=c: c.post(CHECK, {"form_token": new_token()}) for c in clients])
    assert Job.objects.count() == 4
