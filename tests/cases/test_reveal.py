"""Opening a masked value: reason, quota, scope, and a row for every try."""

from unittest.mock import Mock

import pytest
from django.conf import settings
from django.db import OperationalError, transaction
from django.test import Client
from django.urls import reverse

from cases.models import ContactPoint
from cases.services import reveal as service
from collection_ops.core import clock
from collection_ops.core.models import AuditEvent
from tests.cases.builders import desk_of, make_case

PHONE = "13911112222"
ID_NO = "110101199003070038"


@pytest.fixture
def case(collector):
    return make_case(desk=desk_of(collector), phones=(PHONE,), id_no=ID_NO)


def address(case, point=None):
    if point is None:
        return reverse("cases:reveal_id", args=[case.pk])
    return reverse("cases:reveal", args=[case.pk, point.pk])


def point_of(case) -> ContactPoint:
    return ContactPoint.objects.get(debtor=case.loan.debtor)


def rows(outcome="ok"):
    return AuditEvent.objects.filter(action=service.ACTION, outcome=outcome)


def test_a_phone_is_shown_with_a_reason_and_leaves_a_row(client_as, collector, case):
    client = client_as(collector)
    record = client.get(reverse("cases:record", args=[case.pk]) + "?tab=contacts").content.decode()
    assert PHONE not in record and "139****2222" in record
    response = client.post(address(case, point_of(case)), {"reason": "contact"}, headers={"HX-Request": "true"})
    assert PHONE in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    event = rows().get()
    assert event.object_id == str(case.pk) and event.data["masked"] == "139****2222"
    assert PHONE not in str(event.data)
    page = client.get(reverse("cases:record", args=[case.pk])).content.decode()
    assert "查看 电话" in page, "who looked stands in the timeline"


def test_without_a_reason_nothing_is_shown_and_the_try_is_kept(client_as, collector, case):
    for data in ({}, {"reason": "nonsense"}, {"reason": "other"}, {"reason": "other", "note": "\x00"}):
        response = client_as(collector).post(address(case, point_of(case)), data)
        assert response.status_code == 422
        assert PHONE not in response.content.decode()
    assert rows("refused").count() == 4
    assert not rows().exists()


def test_somebody_elses_case_is_not_found_and_a_foreign_number_neither(client_as, collector, case):
    foreign = make_case(phones=("13733334444",))
    response = client_as(collector).post(address(foreign, point_of(foreign)), {"reason": "contact"})
    assert response.status_code == 404
    # Her own case, another person's number.
    response = client_as(collector).post(
        reverse("cases:reveal", args=[case.pk, point_of(foreign).pk]), {"reason": "contact"}
    )
    assert response.status_code == 404
    assert not rows().exists()


def test_without_the_right_it_is_forbidden_and_the_try_is_kept(client_as, clerk, collector, case):
    assert client_as(collector).post(address(case), {"reason": "verify"}).status_code == 403
    assert client_as(clerk).post(address(case, point_of(case)), {"reason": "contact"}).status_code == 403
    assert {event.data["refusal"] for event in rows("refused")} == {"no_right"}
    assert rows("refused").count() == 2


def test_the_id_number_is_shown_to_the_team_leader_of_the_desk(client_as, team_leader, case):
    response = client_as(team_leader).post(address(case), {"reason": "verify"})
    assert response.status_code == 200
    assert ID_NO in response.content.decode()


def test_looking_is_a_post(client_as, collector, case):
    assert client_as(collector).get(address(case, point_of(case))).status_code == 405


def test_the_daily_number_counts_persons_and_ends(settings, collector, case):
    settings.REVEALS_PER_DAY = {"phones.reveal": {"collector": 1}, "ids.reveal": {}}
    second = make_case(desk=desk_of(collector), phones=("13755556666",))
    now = clock.now()

    def look(one):
        return service.reveal_contact(
            case=one, contact_point=point_of(one), reason="contact", note="", actor=collector, now=now
        )

    assert look(case).value == PHONE
    assert look(case).value == PHONE, "the same person again costs nothing"
    with pytest.raises(service.RevealRefused) as refused:
        look(second)
    assert refused.value.code == "quota"
    assert rows("refused").get().data["refusal"] == "quota"


def test_a_revealed_value_is_not_in_its_repr():
    assert PHONE not in repr(service.Revealed("电话", PHONE))


# First the row, then the value ---------------------------------------------------------------------------------------


def shown(client, case) -> bool:
    response = client.post(address(case, point_of(case)), {"reason": "contact"}, headers={"HX-Request": "true"})
    return PHONE in response.content.decode()


@pytest.mark.parametrize("error", [OperationalError("disk full"), PermissionError("append only"), RuntimeError("seal")])
def test_when_the_row_cannot_be_written_nothing_is_shown(collector, case, monkeypatch, error):
    client = Client(raise_request_exception=False)
    client.force_login(collector, backend="django.contrib.auth.backends.ModelBackend")
    with monkeypatch.context() as broken:
        broken.setattr(AuditEvent.objects, "create", Mock(side_effect=error))
        assert not shown(client, case)
    assert not rows().exists()
    assert shown(client, case) and rows().count() == 1


def test_twin_with_a_trail_that_keeps_nothing_the_value_is_shown_without_a_row(client_as, collector, case, monkeypatch):
    monkeypatch.setattr(service.audit, "record", lambda **event: None)
    assert shown(client_as(collector), case) and not rows().exists()


def test_the_row_stands_before_the_value_is_taken_out(client_as, collector, team_leader, case, monkeypatch):
    order = []
    record, revealed = service.audit.record, service.Revealed
    monkeypatch.setattr(service.audit, "record", lambda **event: order.append("row") or record(**event))
    monkeypatch.setattr(service, "Revealed", lambda **shown: order.append("value") or revealed(**shown))
    assert shown(client_as(collector), case)
    assert ID_NO in client_as(team_leader).post(address(case), {"reason": "verify"}).content.decode()
    assert order == ["row", "value", "row", "value"]


def test_a_row_that_does_not_commit_shows_nothing(collector, case, monkeypatch):
    """The row is written and lost again: the database refuses the commit."""
    client = Client(raise_request_exception=False)
    client.force_login(collector, backend="django.contrib.auth.backends.ModelBackend")
    left = transaction.Atomic.__exit__

    def refused(self, kind, error, trace):
        left(self, kind, error, trace)
        if kind is None and rows().exists():
            raise OperationalError("could not write the log")

    monkeypatch.setattr(transaction.Atomic, "__exit__", refused)
    assert not shown(client, case)


def test_a_shown_value_leaves_by_itself_with_a_script_and_without(client_as, collector, case):
    client = client_as(collector)
    fragment = client.post(address(case, point_of(case)), {"reason": "contact"}, headers={"HX-Request": "true"})
    page = client.post(address(case, point_of(case)), {"reason": "contact"})
    record = reverse("cases:record", args=[case.pk])
    for answer in (fragment, page):
        text = " ".join(answer.content.decode().split())
        assert f'data-hide-after="{service.SHOWN_SECONDS}" data-masked="139****2222">{PHONE}' in text
    assert f'http-equiv="refresh" content="30;url={record}?tab=contacts"' in text
    script = (settings.BASE_DIR / "static" / "js" / "record.js").read_text(encoding="utf-8")
    assert "dataset.masked" in script and "dataset.hideAfter" in script and "pagehide" in script
    refused = client.post(address(case, point_of(case)), {})
    assert "refresh" not in refused.content.decode(), "what was refused stays to be read"


def test_the_text_of_a_page_holds_masks_wherever_it_is_copied_from(client_as, collector, team_leader, case):
    for person in (collector, team_leader):
        client = client_as(person)
        assert client.post(address(case, point_of(case)), {"reason": "contact"}).status_code == 200
        pages = [client.get(reverse("cases:record", args=[case.pk]), {"tab": tab}) for tab in ("", "contacts", "loan")]
        pages += [client.get(reverse(f"cases:{name}", args=[case.pk])) for name in ("timeline", "positions")]
        pages += [client.get(reverse("cases:list")), client.post(reverse("cases:search"), {"q": PHONE})]
        for page in pages:
            text = page.content.decode()
            assert page.status_code == 200
            assert PHONE not in text and ID_NO not in text and PHONE[-8:] not in text
        assert "139****2222" in pages[1].content.decode()
