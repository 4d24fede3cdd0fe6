"""Complaints on the record of a case: to whom the tab, the timeline and the handover card tell what."""

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.handover import handover_of
from cases.models import Case
from cases.services.custody import move_cases
from cases.timeline import Entry, timeline
from collection_ops.core.access import Role
from collection_ops.core.models import User
from collection_ops.core.services.accounts import create_user
from compliance.complaints.handling import assign, close, decide, reopen
from compliance.complaints.register import Accused
from compliance.models import About
from tests.cases.builders import desk_of, make_case
from tests.compliance.complaints.test_from_intake_to_closed import complained
from tests.staff import qualify

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(collector: User) -> Case:
    return make_case(desk=desk_of(collector))


def entries(case: Case, user: User) -> list[Entry]:
    return [entry for entry in timeline(case, user, groups=["complaint"])[0] if entry.kind == "complaint"]


def test_the_timeline_tells_the_steps_to_whoever_may_see_it_and_nothing_of_what_was_said(
    case: Case, collector: User, team_leader: User, compliance_officer: User, manager: User, finance: User
) -> None:
    now = timezone.now()
    one = complained(case, Accused(About.COLLECTOR, collector), now=now, actor=collector)
    assign(complaint=one, handler=compliance_officer, actor=manager, now=now)
    decide(
        complaint=one, outcome="upheld", finding="录音中确有辱骂", remedy="致歉", actor=compliance_officer, now=now,
        responsible={one.subjects.get().pk: True},
    )  # fmt: skip
    close(complaint=one, answered="电话致歉", actor=compliance_officer, now=now)
    reopen(complaint=one, reason="不接受", actor=compliance_officer, now=now)
    told = entries(case, team_leader)
    assert {entry.title for entry in told} == {
        "收到投诉", "投诉已指定经办人", "投诉已有结论", "投诉办结", "投诉重新受理",
    }  # fmt: skip
    said = " ".join(f"{entry.title}{entry.detail}" for entry in told)
    assert "何合规" in said and "属实" in said and one.number in said
    assert not [words for words in ("骂人", "辱骂", "致歉", "不接受") if words in said.replace("威胁、辱骂、恐吓", "")]
    other_loan = make_case(debtor=case.loan.debtor, desk=desk_of(collector))
    assert len(entries(other_loan, team_leader)) == 5, "the customer's, on each contract"
    for person in (collector, finance):
        assert entries(case, person) == []
    assert "投诉 " + one.number + " 处理中" not in " ".join(
        entry.detail for entry in timeline(case, collector, groups=["complaint"])[0]
    )


def test_the_tab_lists_what_the_reader_may_see(
    case: Case, collector: User, team_leader: User, finance: User, client_as: Any
) -> None:
    about = complained(case, Accused(About.COLLECTOR, collector), now=timezone.now())
    mine = complained(case, now=timezone.now(), actor=collector, type="fee")

    def page(person: User) -> str:
        return client_as(person).get(f"{reverse('cases:record', args=[case.pk])}?tab=complaints").content.decode()

    def links(person: User) -> set[int]:
        text = page(person)
        return {one.pk for one in (about, mine) if reverse("compliance:complaint", args=[one.pk]) in text}

    assert links(team_leader) == {about.pk, mine.pk}
    assert links(collector) == {mine.pk}
    assert reverse("compliance:complaint_new_for", args=[case.pk]) in page(collector)


def test_who_takes_a_case_over_is_told_the_topic_and_not_who_it_is_about(
    case: Case, collector: User, supervisor: User, compliance_officer: User, manager: User
) -> None:
    now = timezone.now()
    closed = complained(case, now=now, type="hours")
    assign(complaint=closed, handler=compliance_officer, actor=manager, now=now)
    decide(complaint=closed, outcome="not_upheld", finding="无", responsible={}, actor=compliance_officer, now=now)
    close(complaint=closed, answered="已答复", actor=compliance_officer, now=now)
    complained(case, Accused(About.COLLECTOR, collector), now=now)
    taker = create_user(
        username="taker", display_name="接手人", password="a-password-for-tests", roles=[Role.COLLECTOR], actor=None,
        unit="team-a",
    )  # fmt: skip
    qualify(taker)

    def sore(person: User) -> list[str]:
        card = handover_of(case, person, now=timezone.now())
        assert card is not None
        return [line.text for part in card.parts if part.label == "投诉过的事" for line in part.lines]

    move_cases(cases=[case.pk], desk=desk_of(taker), reason="调整", actor=supervisor, now=now)
    case.refresh_from_db()
    assert sore(taker) == ["威胁、辱骂、恐吓 · 办理中", "不当时间联系 · 不属实"]
    assert sore(collector) == ["不当时间联系 · 不属实"], "whom it is about learns nothing"
