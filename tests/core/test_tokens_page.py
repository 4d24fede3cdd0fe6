"""Tokens of other programs, by the administrator: shown once, revoked with a reason."""

import re

import pytest
from django.urls import reverse

from collection_ops.core.models import ApiToken
from collection_ops.core.services.form_tokens import new_token

pytestmark = pytest.mark.django_db

FORM = {
    "integration": "外呼系统", "scopes": ["cases.read"], "org": "agency-a", "addresses": "127.0.0.1\n10.1.0.0/16",
    "days": "30", "requests_per_minute": "60",
}  # fmt: skip


def send(client, address, **form):
    return client.post(address, {"form_token": new_token(), **form})


def test_a_token_is_shown_once_and_opens_the_api(admin_user, client_as, client):
    browser = client_as(admin_user)
    answer = send(browser, reverse("core:token_create"), **FORM)
    shown = browser.get(answer["Location"]).content.decode()
    secret = re.search(r"new-password[^>]*>(co_[^<]+)<", shown).group(1)
    assert secret not in browser.get(answer["Location"]).content.decode()
    token = ApiToken.objects.get()
    assert (token.created_by, token.org, token.addresses) == (admin_user, "agency-a", ["127.0.0.1/32", "10.1.0.0/16"])
    assert client.get("/api/v1/cases/", headers={"Authorization": f"Bearer {secret}"}).status_code == 200
    assert "外呼系统" in browser.get(reverse("core:tokens")).content.decode()

    address = reverse("core:token_revoke", args=[token.pk])
    send(browser, address, reason="")
    assert client.get("/api/v1/cases/", headers={"Authorization": f"Bearer {secret}"}).status_code == 200
    send(browser, address, reason="合作结束")
    assert client.get("/api/v1/cases/", headers={"Authorization": f"Bearer {secret}"}).status_code == 401
    assert "已吊销" in browser.get(reverse("core:token", args=[token.pk])).content.decode()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"addresses": "somewhere"}, "addresses"), ({"org": "机构甲"}, "org"), ({"days": "9999"}, "days"),
        ({"scopes": []}, "scopes"), ({"scopes": ["everything"]}, "scopes"), ({"integration": ""}, "integration"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(admin_user, client_as, wrong, field):
    answer = send(client_as(admin_user), reverse("core:token_create"), **{**FORM, **wrong})
    assert answer.status_code == 400 and answer.context["form"].errors[field]
    assert "127.0.0.1" in answer.content.decode() or field == "addresses"
    assert not ApiToken.objects.exists()
