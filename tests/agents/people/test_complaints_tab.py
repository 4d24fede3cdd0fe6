"""Complaints on a person's page: what the others read there, and what the person may not."""

import datetime as dt
from collections.abc import Callable
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from collection_ops.core import clock
from collection_ops.core.models import User
from compliance.services.staff_tasks import open_staff_task
from tests.cases.builders import desk_of, make_case
from tests.compliance.complaints.builders import a_complaint
from tests.staff import make_team, place

pytestmark = pytest.mark.django_db


def tab(client: Client, person: User) -> str:
    response = client.get(reverse("people:person", args=[person.pk]), {"tab": "complaints"})
    assert response.status_code == 200
    return unescape(response.content.decode())


def test_the_leader_reads_all_and_the_person_only_what_is_closed(
    client_as: Callable[[User], Client], collector: User, team_leader: User, manager: User, compliance_officer: User
) -> None:
    make_team("team-a", leader=team_leader)
    place(collector)
    debtor = make_case(desk=desk_of(collector)).loan.debtor
    upheld = a_complaint(debtor=debtor, about=collector, upheld=True)
    decided = a_complaint(debtor=debtor, about=collector, upheld=True, closed=False, type="hours")
    still_open = a_complaint(debtor=debtor, about=collector, type="service")
    today = clock.business_date(clock.now())
    open_staff_task(
        user=collector, kind="coaching", what="情绪管理辅导", due_on=today - dt.timedelta(days=1),
        actor=compliance_officer, now=clock.now(), complaint=upheld,
    )  # fmt: skip

    for reader in (team_leader, manager):
        page = tab(client_as(reader), collector)
        assert all(one.number in page for one in (upheld, decided, still_open))
        assert "投诉 3 · 联系客户 0" in page and "负有责任 2 / 已决定 2 · 未办结 2" in page
        assert "样本不足" in page and "情绪管理辅导" in page and "已超期" in page

    mine = tab(client_as(collector), collector)
    assert "已办结的投诉 1 件，其中负有责任 1 件" in mine and "情绪管理辅导" in mine
    assert not any(one.number in mine for one in (upheld, decided, still_open))
    assert "联系客户" not in mine and "样本不足" not in mine
