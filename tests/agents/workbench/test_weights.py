"""The weights: tried out without effect, saved as a new version by a supervisor, and explained afterwards."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from agents.models import QueueWeights
from agents.services.queue_weights import WeightsRefused, save_weights
from agents.workbench.queue.gather import rank
from agents.workbench.queue.weights import LINES, Group, Weights, weights_in_force
from agents.workbench.queue.what_if import what_if
from cases.models import Case
from collection_ops.core import clock
from collection_ops.core.models import AuditEvent, User
from collection_ops.core.services.form_tokens import new_token
from tests.agents.workbench.test_queue import NOW, called, case_of

pytestmark = pytest.mark.django_db
DEFAULTS = {line.name: line.default for line in LINES}


@pytest.fixture(autouse=True)
def _ten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def send(client: Client, **values: object):
    return client.post(reverse("workbench:weights"), {**DEFAULTS, "based_on": "0", "form_token": new_token(), **values})


def test_another_threshold_moves_cases_to_another_group_and_the_page_says_how_many(
    collector: User, supervisor: User, client_as
) -> None:
    for days in (56, 57, 58, 45):
        called(case_of(collector, days=days), days_ago=5, by=collector)
    found = what_if(Weights(), Weights.of({"rolls_within": 5}), now=NOW)
    assert (found.cases, found.desks, found.moved) == (4, 1, [(Group.REST, Group.ROLLING, 2)])
    answer = send(client_as(supervisor), rolls_within=5)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "1 个席位的 4 件案件中，2 件换组" in page
    assert re.search(r"其余 → 即将滚入下一阶段 <span[^>]*>2<", page)
    assert re.search(r'name="rolls_within"\s+value="5"', page)
    assert not QueueWeights.objects.exists()
    assert weights_in_force() == Weights()


def test_another_order_is_counted_by_desk(collector: User, team_leader: User) -> None:
    for person in (collector, team_leader):
        for total in ("500", "60000"):
            called(case_of(person, total=total), days_ago=5, by=person)
    found = what_if(Weights(), Weights.of({"amount_0": 500}), now=NOW)
    assert (found.moved, found.reordered, found.other_first, found.entering) == ([], 2, 2, 0)
    assert what_if(Weights(), Weights(), now=NOW).changes_nothing


def test_what_was_counted_is_what_happens(collector: User, supervisor: User) -> None:
    small, large = (case_of(collector, total=total) for total in ("500", "60000"))
    cases = Case.objects.for_user(collector).present()
    first = rank(cases, weights_in_force(), user=collector, now=NOW).rows[0].case_id
    save_weights(values={**DEFAULTS, "amount_0": 500}, reason="先小额", based_on=0, actor=supervisor, now=NOW)
    then = rank(cases, weights_in_force(), user=collector, now=NOW).rows[0].case_id
    assert (first, then) == (large.pk, small.pk)


def test_a_new_version_is_saved_with_its_reason_and_stands_on_the_trail(supervisor: User, client_as) -> None:
    client = client_as(supervisor)
    assert send(client, hour="55", reason="多在合适的时段联系", do="save").status_code == 302
    row = QueueWeights.objects.get()
    assert (row.values["hour"], row.saved_by, row.saved_at) == (55, supervisor, NOW)
    assert AuditEvent.objects.filter(action="queue.weighted").get().data == {"changed": {"hour": [40, 55]}}
    assert "多在合适的时段联系" in client.get(reverse("workbench:weights")).content.decode()


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"hour": "很多", "reason": "x"}, "“正是此人最佳时段”须为 -2000 至 2000 的整数"),
        ({"rolls_within": "11", "reason": "x"}, "须为 1 至 10 的整数"),
        ({"hour": "55", "reason": " "}, "请写明修改的原因"),
        ({"reason": "x"}, "没有改动"),
        ({"hour": "55", "reason": "x", "based_on": "7"}, "权重已被他人修改"),
    ],
)
def test_a_refusal_keeps_what_was_typed(supervisor: User, client_as, values, sentence) -> None:
    answer = send(client_as(supervisor), do="save", **values)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert sentence in page
    assert f'value="{values.get("hour", "40")}"' in page
    assert not QueueWeights.objects.exists()


def test_two_supervisors_do_not_write_over_each_other(supervisor: User, manager: User) -> None:
    save_weights(values={**DEFAULTS, "hour": 55}, reason="一", based_on=0, actor=supervisor, now=NOW)
    with pytest.raises(WeightsRefused, match="已被他人修改"):
        save_weights(values={**DEFAULTS, "hour": 60}, reason="二", based_on=0, actor=manager, now=NOW)


def test_a_collector_does_not_weigh(collector: User, client_as) -> None:
    assert client_as(collector).get(reverse("workbench:weights")).status_code == 403
