"""Action and result codes: shipped once, edited by people, and what the log uses keeps its meaning."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.urls import reverse

from collection_ops.core.models import User
from compliance.gate import open_attempt
from compliance.models import ActionCode, ResultCode
from compliance.models.attempt import Outcome
from compliance.reference import seed_codes, shipped
from compliance.services.call_details import CallDetails
from compliance.services.log import close_attempt
from tests.compliance.conftest import Person, monday, person

__all__ = ["person"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def used(person: Person, collector: User) -> ResultCode:
    """A code that a contact was told with."""
    attempt = open_attempt(case=person.card, point=person.mobile, actor=collector, now=monday("10:00")).attempt
    code = ResultCode.objects.get(code="UNABLE")
    assert attempt is not None
    close_attempt(attempt=attempt, details=CallDetails(result_code=code), actor=collector, now=monday("10:05"))
    return code


def test_what_is_shipped_is_whole_and_is_put_in_once(db: None) -> None:
    assert (
        seed_codes()
        == f"{len(shipped('action_codes'))} action codes and {len(shipped('result_codes'))} result codes added"
    )
    for code in [*ResultCode.objects.all(), *ActionCode.objects.all()]:
        code.full_clean()
    assert sorted(ResultCode.objects.filter(key__isnull=False).values_list("key", flat=True)) == list(range(1, 10))
    told_by_hand = {outcome for outcome in Outcome if outcome not in (Outcome.FAILED,)}
    assert told_by_hand <= {*ResultCode.objects.values_list("outcome", flat=True), "failed"}
    assert seed_codes() == "0 action codes and 0 result codes added"


def test_what_people_edited_stays_and_a_key_that_is_taken_is_not_taken_away(db: None) -> None:
    seed_codes()
    ResultCode.objects.filter(code="PTP").update(name="答应还", key=None)
    ResultCode.objects.filter(code="UNABLE").update(key=1)
    ResultCode.objects.filter(code="BUSY").delete()  # as if a later version brought it
    ResultCode.objects.filter(code="REFUSE").delete()
    ResultCode.objects.filter(code="TALKED").update(key=3)
    seed_codes()
    assert ResultCode.objects.get(code="PTP").name == "答应还"
    assert ResultCode.objects.get(code="REFUSE").key is None
    assert ResultCode.objects.get(code="BUSY").is_active


def test_a_code_that_the_log_names_is_switched_off_and_not_deleted(used: ResultCode) -> None:
    with pytest.raises(ProtectedError):
        used.delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        ResultCode.objects.filter(pk=used.pk)._raw_delete("default")
        from django.db import connection

        connection.check_constraints()
    used.is_active = False
    used.full_clean()


def test_a_code_that_the_log_names_keeps_its_meaning(used: ResultCode) -> None:
    used.name, used.key, used.next_step = "还不起", None, "callback"
    used.full_clean()
    used.outcome = "no_answer"
    with pytest.raises(ValidationError, match="已有催记使用"):
        used.full_clean()
    fresh = ResultCode.objects.get(code="REFUSE")
    fresh.outcome = "connected"
    fresh.full_clean()


def test_two_active_codes_do_not_share_a_key(db: None) -> None:
    seed_codes()
    second = ResultCode.objects.get(code="BUSY")
    second.key = 1
    with pytest.raises(ValidationError, match="按键"):
        second.full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        second.save()
    second.is_active = False
    second.full_clean()


def test_compliance_edits_codes_in_the_admin_and_a_collector_does_not(
    used: ResultCode, collector: User, admin_user: User, client_as
) -> None:
    address = reverse("admin:compliance_resultcode_change", args=[used.pk])
    assert client_as(collector).get(address).status_code in (302, 403)
    browser = client_as(admin_user)
    assert browser.get(address).status_code == 200
    values = {
        "name": "还不起", "name_en": "Cannot pay", "channel": "call", "outcome": "right_party", "reached": "debtor",
        "next_step": "none", "key": "2", "order": "20", "is_active": "on",
    }  # fmt: skip
    assert browser.post(address, values).status_code == 302
    used.refresh_from_db()
    assert used.name == "还不起"
    wrong = browser.post(address, {**values, "outcome": "busy"})
    assert "已有催记使用" in wrong.content.decode()
    assert browser.get(reverse("admin:compliance_resultcode_delete", args=[used.pk])).status_code == 403
