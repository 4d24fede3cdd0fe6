"""Accounts, by the administrator, who is held to rules too."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from collection_ops.core.access import Role
from collection_ops.core.models import AuditEvent, RoleGrant, User
from collection_ops.core.services import accounts
from collection_ops.core.services.form_tokens import new_token
from tests.conftest import PASSWORD
from tests.core.races import at_once

pytestmark = pytest.mark.django_db


def post(client, address, **form):
    return client.post(address, {"form_token": new_token(), **form})


def act(client, user, action, reason="测试"):
    return post(client, reverse("core:user_action", args=[user.pk, action]), reason=reason)


def test_a_new_account_gets_a_password_that_is_shown_once_and_works(admin_user, client_as):
    client = client_as(admin_user)
    answer = post(
        client, reverse("core:user_create"), username="new.person", display_name="新人", unit="team-a", roles=["collector"]
    )
    shown = client.get(answer["Location"]).content.decode()
    password = re.search(r'new-password code">([^<]+)<', shown).group(1)
    assert len(password) == 16
    assert password not in client.get(answer["Location"]).content.decode()
    assert Client().post("/sign-in/", {"username": "new.person", "password": password}).status_code == 302
    assert User.objects.get(username="new.person").roles == {Role.COLLECTOR}


def test_a_name_that_differs_in_case_only_is_taken(admin_user, clerk, client_as):
    answer = post(client_as(admin_user), reverse("core:user_create"), username="SHU.clerk", display_name="x")
    assert answer.status_code == 200 and "已经有人使用" in answer.content.decode()


def test_two_roles_that_exclude_each_other_are_refused_and_nothing_is_saved(admin_user, clerk, client_as):
    address = reverse("core:user", args=[clerk.pk])
    answer = post(client_as(admin_user), address, display_name="改名", roles=["clerk", "finance"])
    assert answer.status_code == 200 and "不能由同一人担任" in answer.content.decode()
    clerk.refresh_from_db()
    assert clerk.display_name == "舒专员"
    assert set(clerk.role_grants.values_list("role", flat=True)) == {"clerk"}


def test_one_role_replaces_its_rival_in_one_step(admin_user, clerk, client_as):
    post(client_as(admin_user), reverse("core:user", args=[clerk.pk]), display_name="舒专员", roles=["finance"])
    assert set(clerk.role_grants.values_list("role", flat=True)) == {"finance"}
    assert set(AuditEvent.objects.filter(object_id=str(clerk.pk)).values_list("action", flat=True)) >= {
        "user.role_revoked", "user.role_granted",
    }  # fmt: skip


def test_a_disabled_person_is_out_at_the_next_request(admin_user, clerk, client_as):
    hers = client_as(clerk)
    assert hers.get("/tasks/").status_code == 200
    act(client_as(admin_user), clerk, "disable", "离职")
    assert hers.get("/tasks/").status_code == 302
    assert Client().post("/sign-in/", {"username": "shu.clerk", "password": PASSWORD}).status_code == 200
    event = AuditEvent.objects.get(action="user.disabled")
    assert (event.reason, event.data) == ("离职", {"sessions": 1})
    act(client_as(admin_user), clerk, "enable")
    assert Client().post("/sign-in/", {"username": "shu.clerk", "password": PASSWORD}).status_code == 302


def test_without_a_reason_nothing_happens(admin_user, clerk, client_as):
    act(client_as(admin_user), clerk, "disable", "")
    clerk.refresh_from_db()
    assert clerk.is_active


def test_nobody_disables_themselves_or_the_last_administrator(admin_user, client_as):
    client = client_as(admin_user)
    act(client, admin_user, "disable")
    post(client, reverse("core:user", args=[admin_user.pk]), display_name="关管理", roles=[])
    admin_user.refresh_from_db()
    assert admin_user.is_active and admin_user.role_grants.filter(role="admin").exists()


@pytest.mark.django_db(transaction=True)
def test_two_administrators_who_remove_each_other_at_once_do_not_both_succeed():
    a, b = (
        accounts.create_user(username=n, display_name=n, password=PASSWORD, roles=[Role.ADMIN], actor=None)
        for n in ("adm.a", "adm.b")
    )
    at_once(
        lambda: accounts.set_roles(user=b, roles=[], actor=a),
        lambda: accounts.set_roles(user=a, roles=[], actor=b),
    )
    assert RoleGrant.objects.filter(role="admin").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_grants_at_once_do_not_slip_past_the_rule_of_pairs():
    user = accounts.create_user(username="x.y", display_name="x", password=PASSWORD, roles=[], actor=None)
    results = at_once(
        lambda: accounts.grant_role(user=User.objects.get(pk=user.pk), role=Role.CLERK, actor=None),
        lambda: accounts.grant_role(user=User.objects.get(pk=user.pk), role=Role.FINANCE, actor=None),
    )
    assert sum(isinstance(r, accounts.RoleConflict) for r in results) == 1
    assert RoleGrant.objects.filter(user=user).count() == 1


def test_a_new_password_ends_the_sessions_and_one_does_not_reset_ones_own(admin_user, clerk, client_as):
    hers = client_as(clerk)
    hers.get("/tasks/")
    client = client_as(admin_user)
    shown = client.get(act(client, clerk, "reset_password")["Location"]).content.decode()
    password = re.search(r'new-password code">([^<]+)<', shown).group(1)
    assert hers.get("/tasks/").status_code == 302
    assert Client().post("/sign-in/", {"username": "shu.clerk", "password": password}).status_code == 302
    act(client, admin_user, "reset_password")
    assert client.get("/tasks/").status_code == 200


def test_ending_sessions_ends_hers_and_nobody_elses(admin_user, clerk, collector, client_as):
    hers, his = client_as(clerk), client_as(collector)
    act(client_as(admin_user), clerk, "end_sessions")
    assert hers.get("/tasks/").status_code == 302
    assert his.get("/tasks/").status_code == 200


def test_the_list_is_filtered_and_names_are_escaped(admin_user, clerk, client_as):
    User.objects.filter(pk=clerk.pk).update(display_name="张<img src=x onerror=alert(1)>")
    client = client_as(admin_user)
    body = client.get(reverse("core:users"), {"role": "clerk"}).content.decode()
    assert "张&lt;img src=x" in body and "guan.admin" not in body.split('<main')[1]
    assert client.get(reverse("core:users"), {"role": "nobody", "state": "%00"}).status_code == 200


def test_an_action_that_does_not_exist_is_not_found(admin_user, clerk, client_as):
    assert act(client_as(admin_user), clerk, "delete").status_code == 404
