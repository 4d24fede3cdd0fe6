"""Complaints that programs register: a hotline's, an agency's."""

from typing import Any

import pytest

from cases.models import Hold
from collection_ops.core.models import AuditEvent
from compliance.gate import open_attempt
from compliance.models import Complaint
from tests.api.conftest import errors, program
from tests.compliance.conftest import monday

pytestmark = pytest.mark.django_db


def said(case: Any, **more: Any) -> dict[str, Any]:
    return {
        "case": case.pk, "type": "harassment", "narrative": "一天内多次来电", "received_at": "2026-03-02T09:40:00+08:00",
        **more,
    }  # fmt: skip


def test_what_a_hotline_took_down_starts_the_clock_and_stops_the_one_it_is_about(world, at_ten, collector, supervisor):
    hotline = program("hotline")
    body = said(world.own, reference="H-117", about=["collector"], collector=collector.username, event_on="2026-03-01")
    made = hotline.post("complaints/", body)
    one = Complaint.objects.get()
    assert (made.status_code, made.json()) == (
        201, {"id": one.pk, "number": one.number, "state": "received", "due_on": "2026-03-17"},
    )  # fmt: skip
    assert (one.source, one.source_ref, one.case, one.recorded_by) == ("hotline", "H-117", world.own, None)
    assert open_attempt(case=world.own, point=None, actor=collector, now=monday("10:00")).attempt is None
    assert open_attempt(case=world.own, point=None, actor=supervisor, now=monday("10:00")).attempt is not None
    assert AuditEvent.objects.filter(action="complaint.received").get().actor_name.startswith("hotline")
    again = hotline.post("complaints/", body)
    assert (again.status_code, errors(again)[0][1]) == (409, "source_ref")
    assert Complaint.objects.count() == 1


def test_an_agency_registers_what_reached_it_about_its_own_cases(world, at_ten, collector):
    agency = program("agency", org="agency-a")
    assert agency.post("complaints/", said(world.at_b)).status_code == 404
    for_the_regulator = agency.post("complaints/", said(world.at_a, source="12378"))
    assert (for_the_regulator.status_code, errors(for_the_regulator)[0][1]) == (400, "source")
    for name in (collector.username, "nobody"):
        named = agency.post("complaints/", said(world.at_a, about=["collector"], collector=name))
        assert (named.status_code, errors(named)) == (400, [("collector_unknown", "collector")])
    assert agency.post("complaints/", said(world.at_a, about=["agency"])).status_code == 201
    one = Complaint.objects.get()
    assert (one.source, one.subjects.get().org, Hold.objects.get().accused_org) == ("agency", "agency-a", "agency-a")


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"collector": "nobody", "about": ["collector"]}, "collector"),
        ({"collector": "lin.collector"}, "collector"),
        ({"about": ["agency"]}, "about"),
        ({"about": ["weather"]}, "about"),
        ({"narrative": ""}, "narrative"),
        ({"narrative": "x" * 40_000}, "narrative"),
        ({"type": "weather"}, "type"),
        ({"event_on": "2026-02-30"}, "event_on"),
        ({"password": "x"}, "password"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(world, at_ten, more, field):
    answer = program("hotline").post("complaints/", said(world.own, **more))
    assert answer.status_code == 400
    assert errors(answer)[0][1].startswith(field)
    assert not Complaint.objects.exists()


def test_a_day_to_come_is_refused(world, at_ten):
    hotline = program("hotline")
    early = hotline.post("complaints/", said(world.own, received_at="2026-03-03T09:40:00+08:00"))
    assert (early.status_code, Complaint.objects.exists()) == (409, False)
