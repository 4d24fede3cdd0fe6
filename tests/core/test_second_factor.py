"""The second factor: set up, asked for, lost."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from collection_ops.core import clock
from collection_ops.core.models import AuditEvent, RecoveryCode
from collection_ops.core.services import second_factor

pytestmark = pytest.mark.django_db
SET_UP, VERIFY = "/second-factor/setup/", "/second-factor/"


def code_of(key, steps=0):
    totp = TOTP(bytes.fromhex(key))
    totp.time = clock.now().timestamp() + 30 * steps
    return f"{totp.token():06d}"


@pytest.fixture
def device(compliance_officer):
    key = second_factor.new_key()
    # Once more where the clock steps on between the code and its check.
    found, codes = second_factor.confirm_setup(
        user=compliance_officer, key=key, code=code_of(key, steps=-1)
    ) or second_factor.confirm_setup(user=compliance_officer, key=key, code=code_of(key, steps=-1))
    found.recovery = codes
    return found


def test_a_role_that_needs_it_gets_nowhere_before_it_is_set_up(compliance_officer, clerk, client_as, settings):
    settings.SECOND_FACTOR_ROLES = ["compliance"]
    client = client_as(compliance_officer)
    assert client.get("/tasks/")["Location"] == SET_UP
    assert client_as(clerk).get("/tasks/").status_code == 200
    shown = client.get(SET_UP).content.decode()
    assert "您的角色必须使用二次验证" in shown and 'src="data:image/svg+xml;base64,' in shown
    key = client.session["second_factor_key"]
    assert client.post(SET_UP, {"code": "000000"}).status_code == 200
    assert not TOTPDevice.objects.exists()
    answer = client.post(SET_UP, {"code": code_of(key)})
    codes = re.findall(r"<li>([0-9a-z]{5}-[0-9a-z]{5})</li>", answer.content.decode())
    assert len(set(codes)) == 10
    assert client.get("/tasks/").status_code == 200
    assert "second_factor_key" not in client.session


def test_recovery_codes_are_kept_as_digests_only(device):
    stored = list(RecoveryCode.objects.values_list("digest", flat=True))
    assert len(stored) == 10
    assert not {c.replace("-", "") for c in device.recovery} & set(stored)


def test_who_has_one_is_asked_for_it_and_a_code_works_once(device, compliance_officer, client_as):
    client = client_as(compliance_officer)
    assert client.get("/tasks/")["Location"] == VERIFY
    code = code_of(device.key)
    assert client.post(VERIFY, {"code": code}).status_code == 302
    assert client.get("/tasks/").status_code == 200
    again = client_as(compliance_officer)
    assert again.post(VERIFY, {"code": code}).status_code == 200  # the same code a second time
    assert again.get("/tasks/")["Location"] == VERIFY


def test_a_stolen_password_does_not_let_anybody_set_up_another_one(device, compliance_officer, client_as):
    client = client_as(compliance_officer)
    assert client.get(SET_UP)["Location"] == VERIFY
    assert client.post(SET_UP, {"code": "123456"})["Location"] == VERIFY
    assert TOTPDevice.objects.count() == 1


def test_a_recovery_code_stands_in_once(device, compliance_officer, client_as):
    code = device.recovery[0]
    assert client_as(compliance_officer).post(VERIFY, {"code": code.upper()}).status_code == 302
    assert client_as(compliance_officer).post(VERIFY, {"code": code}).status_code == 200
    assert RecoveryCode.objects.filter(used_at__isnull=True).count() == 9


def test_wrong_codes_make_the_next_try_wait(device, compliance_officer, client_as):
    client = client_as(compliance_officer)
    for _guess in range(4):
        answer = client.post(VERIFY, {"code": "000000"})
    assert re.search(r"请等 \d+ 秒后再试", answer.content.decode())
    assert client.post(VERIFY, {"code": code_of(device.key)}).status_code == 200  # right, but too soon
    with time_machine.travel(clock.now() + timedelta(minutes=2)):
        assert client.post(VERIFY, {"code": code_of(device.key)}).status_code == 302


def test_every_try_is_written_down(device, compliance_officer, client_as):
    client_as(compliance_officer).post(VERIFY, {"code": "000000"})
    event = AuditEvent.objects.latest("id")
    assert (event.action, event.outcome, event.actor) == ("second_factor.refused", "refused", compliance_officer)


def test_a_reset_ends_the_sessions_and_asks_for_a_new_one(device, compliance_officer, admin_user, client_as, settings):
    settings.SECOND_FACTOR_ROLES = ["compliance"]
    client = client_as(compliance_officer)
    client.post(VERIFY, {"code": code_of(device.key)})
    second_factor.reset(user=compliance_officer, actor=admin_user, reason="手机丢失", now=clock.now())
    assert client.get("/tasks/")["Location"].startswith("/sign-in/")
    assert client_as(compliance_officer).get("/tasks/")["Location"] == SET_UP
    assert not RecoveryCode.objects.exists()


def test_new_recovery_codes_end_the_old_ones(device, compliance_officer, client_as):
    client = client_as(compliance_officer)
    client.post(VERIFY, {"code": code_of(device.key)})
    assert "还有 10 个恢复码可用" in client.get(SET_UP).content.decode()
    client.post(SET_UP)
    assert client_as(compliance_officer).post(VERIFY, {"code": device.recovery[1]}).status_code == 200


def test_who_has_none_and_needs_none_may_set_one_up(clerk, client_as):
    assert client_as(clerk).get(reverse("core:second_factor_setup")).status_code == 200
