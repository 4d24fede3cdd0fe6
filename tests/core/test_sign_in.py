"""Coming in: who may, who is slowed down, what is written down about it."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.test import Client
from django.urls import reverse

from collection_ops.core import clock
from collection_ops.core.models import AuditEvent, User
from collection_ops.core.services import accounts
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db
SIGN_IN = "/sign-in/"


@pytest.fixture(autouse=True)
def lock_out_is_on(settings):
    settings.AXES_ENABLED = True


def sign_in(username, password=PASSWORD, client=None, **extra):
    return (client or Client()).post(SIGN_IN, {"username": username, "password": password}, **extra)


def last(action):
    return AuditEvent.objects.filter(action=action).order_by("-id").first()


def test_she_signs_in_and_it_is_written_down(collector):
    client = Client()
    answer = sign_in("lin.collector", client=client)
    assert answer.status_code == 302 and answer["Location"] == "/"
    event = last("login.ok")
    assert event.actor == collector and event.address == "127.0.0.1" and event.request_id
    assert client.get(reverse("core:tasks")).status_code == 200


def test_the_name_may_be_typed_in_any_case(collector):
    assert sign_in("Lin.COLLECTOR").status_code == 302


def test_a_wrong_password_and_an_unknown_name_are_told_alike(collector):
    wrong = sign_in("lin.collector", "wrong-password")
    unknown = sign_in("13800138000", "wrong-password")
    sentence = "用户名或密码不正确"
    assert sentence in wrong.content.decode() and sentence in unknown.content.decode()


def test_an_unknown_name_is_never_written_down_because_people_type_passwords_there(collector, rows_written):
    sign_in("my-secret-password", "x")
    event = last("login.refused")
    assert (event.outcome, event.object_id, event.data) == ("refused", "", {"known": False, "locked": False})
    stored = AccessAttempt.objects.get()
    assert "my-secret-password" not in str([getattr(stored, f.attname) for f in stored._meta.fields])


def test_a_known_name_is_logged_as_that_account(collector):
    sign_in("lin.collector", "wrong-password")
    assert last("login.refused").object_id == str(collector.pk)


def test_five_wrong_passwords_lock_the_name_and_nobody_else_at_the_same_address(collector, clerk):
    for _guess in range(4):
        assert sign_in("lin.collector", "wrong-password").status_code == 200
    fifth = sign_in("LIN.collector", "wrong-password")
    assert fifth.status_code == 429 and "该用户名已暂停登录" in fifth.content.decode()
    assert sign_in("lin.collector").status_code == 429  # the right password, too late
    assert last("login.refused").data["locked"] is True
    assert sign_in("shu.clerk").status_code == 302


def test_another_address_does_not_help_the_guesser(collector):
    for n in range(5):
        sign_in("lin.collector", "wrong-password", REMOTE_ADDR=f"10.0.0.{n}", HTTP_X_FORWARDED_FOR=f"1.2.3.{n}")
    assert sign_in("lin.collector", REMOTE_ADDR="10.9.9.9").status_code == 429


def test_the_lock_ends_by_itself_or_by_the_administrator(collector, admin_user):
    for _guess in range(5):
        sign_in("lin.collector", "wrong-password")
    assert accounts.locked_usernames([collector, admin_user]) == {"lin.collector"}
    accounts.unlock(user=collector, actor=admin_user, reason="电话核实")
    assert accounts.locked_usernames([collector]) == set()
    assert sign_in("lin.collector").status_code == 302
    for _guess in range(5):
        sign_in("lin.collector", "wrong-password")
    AccessAttempt.objects.update(attempt_time=clock.now() - timedelta(minutes=16))
    assert sign_in("lin.collector").status_code == 302


def test_a_disabled_account_does_not_get_in_and_is_told_nothing(collector):
    User.objects.filter(pk=collector.pk).update(is_active=False)
    answer = sign_in("lin.collector")
    assert answer.status_code == 200 and "用户名或密码不正确" in answer.content.decode()


def test_the_session_gets_a_new_id_at_the_sign_in(collector):
    client = Client()
    client.get(SIGN_IN)
    session = client.session
    session["before"] = 1
    session.save()
    client.cookies["session"] = session.session_key
    sign_in("lin.collector", client=client)
    assert client.session.session_key != session.session_key


def test_signing_in_never_leads_to_another_host(collector):
    answer = Client().post(SIGN_IN + "?next=https://evil.example/", {"username": "lin.collector", "password": PASSWORD})
    assert answer["Location"] == "/"


def test_signing_out_is_a_post_and_is_written_down(collector, client_as):
    client = client_as(collector)
    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/")["Location"] == SIGN_IN
    assert last("logout").actor == collector
    assert client.get("/tasks/").status_code == 302


def test_a_new_password_ends_the_other_sessions(collector, client_as):
    here, there = client_as(collector), client_as(collector)
    new = "another-Long-1-password"
    form = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert here.post("/password/", form).status_code == 302
    assert here.get("/tasks/").status_code == 200
    assert there.get("/tasks/").status_code == 302
    assert last("user.password_changed").actor == collector


def test_the_language_is_kept_with_the_account(collector, client_as):
    client_as(collector).post("/language/", {"language": "en", "next": "/tasks/"})
    answer = sign_in("lin.collector")
    assert answer.cookies["language"].value == "en"
    assert client_as(collector).post("/language/", {"language": "xx", "next": "//evil.example"})["Location"] == "/"
    collector.refresh_from_db()
    assert collector.language == "en"
