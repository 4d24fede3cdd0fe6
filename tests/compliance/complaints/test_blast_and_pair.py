"""How far a complaint reaches and everybody stopped at once; and the similar case that had no complaint."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from cases.models import Case, ContactPoint, Hold, HoldType, Loan
from cases.services.holds import lift_hold
from collection_ops.core.crypto import blind_index
from collection_ops.core.models import User
from collection_ops.core.services.form_tokens import new_token
from compliance.complaints.blast import Toucher, freeze, gather, lines_of, release
from compliance.complaints.ending import close_answered
from compliance.complaints.pair import Sketch, distance, nearest, pair_of, side_by_side
from compliance.complaints.refusals import ComplaintRefused
from compliance.complaints.register import Accused
from compliance.models import About, Complaint, ContactAttempt, MessageTemplate, QueuedMessage
from tests.cases.builders import desk_of, make_case
from tests.compliance.complaints.builders import complained, days, decided, handled

pytestmark = pytest.mark.django_db
AS_OF = dt.date(2026, 2, 28)


@pytest.fixture
def case(collector: User) -> Case:
    return make_case(desk=desk_of(collector), name="王小明", as_of=AS_OF, total="1000", days=40)


@pytest.fixture
def one(case: Case, collector: User, supervisor: User, compliance_officer: User) -> Complaint:
    """Touched by the accused, by another, and by an agency; a second debt; a message that waits."""
    second = make_case(desk=desk_of(supervisor), as_of=AS_OF)
    Loan.objects.filter(pk=second.loan_id).update(debtor=case.loan.debtor)
    for actor, org, count in ((collector, "own", 3), (supervisor, "own", 1), (None, "agency-1", 2)):
        for number in range(count):
            talked(case, actor, days(-2, 9 + number), org=org)
    template = MessageTemplate.objects.create(
        code="overdue", version=1, body="请致电{phone}", author=supervisor, approved_by=compliance_officer,
        state="approved", written_at=days(-30), valid_from=AS_OF,
    )  # fmt: skip
    point = ContactPoint.objects.create(
        debtor=case.loan.debtor, kind="phone", value="13900001111", value_index=blind_index("phone", "13900001111"),
        masked="139****1111", origin="import",
    )  # fmt: skip
    QueuedMessage.objects.create(
        case=case, point=point, template=template, queued_by=collector, queued_at=days(0), send_after=days(1)
    )
    return complained(case, Accused(About.COLLECTOR, collector))


def talked(case: Case, actor: User | None, at: dt.datetime, *, org: str = "own", channel: str = "call") -> None:
    ContactAttempt.objects.create(
        debtor=case.loan.debtor, case=case, channel=channel, actor=actor, org=org, state="closed", opened_at=at,
        started_at=at, closed_at=at, result="no_answer",
    )  # fmt: skip


def holds(complaint: Complaint, now: dt.datetime) -> set[tuple[int | None, str, str]]:
    rows = Hold.objects.in_force(now).filter(debtor=complaint.debtor, type=HoldType.COMPLAINT)
    return set(rows.values_list("accused_id", "accused_org", "accused_channel"))


def test_the_reach_of_a_complaint(one: Complaint, collector: User, supervisor: User) -> None:
    other = complained(make_case(desk=desk_of(collector)), Accused(About.COLLECTOR, collector), type="hours")
    complained(make_case(desk=desk_of(collector)), Accused(About.COLLECTOR, supervisor))
    reach = gather(one, now=days(1))
    assert len(reach.cases) == 2 and reach.others == [other]
    assert [(row.name, row.count, row.is_accused) for row in reach.touched] == [
        ("林催收", 3, True), ("agency-1", 2, False), ("朱主管", 1, False),
    ]  # fmt: skip
    assert isinstance(reach.touched[0], Toucher)
    _reach, lines = lines_of(one, now=days(1))
    proposed = [line.key for line in lines if line.is_proposed]
    message = QueuedMessage.objects.get()
    assert proposed == [f"person-{collector.pk}", "agency-agency-1", f"person-{supervisor.pk}", f"message-{message.pk}"]


def test_all_is_frozen_in_one_action_and_released_only_with_the_same_list_ticked(
    one: Complaint, collector: User, supervisor: User, compliance_officer: User
) -> None:
    keys = [line.key for line in lines_of(one, now=days(1))[1] if line.is_proposed] + ["channel-call"]
    given = {"complaint": one, "actor": supervisor, "now": days(1)}
    with pytest.raises(ComplaintRefused, match="请写明冻结的原因"):
        freeze(keys=keys, reason=" ", **given)
    with pytest.raises(ComplaintRefused, match="清单已变化"):
        freeze(keys=[*keys, "message-999999"], reason="核查", **given)
    document = freeze(keys=keys, reason="核查", **given)
    stopped = {(collector.pk, "", ""), (supervisor.pk, "", ""), (None, "agency-1", ""), (None, "", "call")}
    assert holds(one, days(1)) == stopped
    assert QueuedMessage.objects.get().state == "cancelled"
    with pytest.raises(ComplaintRefused, match="尚未解除"):
        freeze(keys=["channel-sms"], reason="核查", **given)

    ticked = [str(pk) for pk in document.lines.values_list("pk", flat=True)]
    let_go = {"complaint": one, "reason": "已核实", "actor": compliance_officer, "now": days(2)}
    with pytest.raises(ComplaintRefused, match="还有 1 项没有确认"):
        release(keys=ticked[1:], **let_go)
    assert holds(one, days(2)) == stopped
    release(keys=ticked, **let_go)
    # The complaint itself is open: whom it is about stays stopped.
    assert holds(one, days(2)) == {(collector.pk, "", "")}
    with pytest.raises(ComplaintRefused, match="没有尚未解除的冻结"):
        release(keys=ticked, **let_go)


def test_closing_the_complaint_does_not_lift_what_is_frozen(
    one: Complaint, collector: User, compliance_officer: User, manager: User
) -> None:
    document = freeze(
        complaint=one, keys=[f"person-{collector.pk}", "agency-agency-1"], reason="核查", actor=compliance_officer,
        now=days(1),
    )  # fmt: skip
    handled(one, compliance_officer, by=manager, now=days(1))
    decided(one, compliance_officer, now=days(1))
    close_answered(complaint=one, answered="电话", without_letter="要求", actor=compliance_officer, now=days(2))
    assert holds(one, days(2)) == {(collector.pk, "", ""), (None, "agency-1", "")}
    ticked = [str(pk) for pk in document.lines.values_list("pk", flat=True)]
    release(complaint=one, keys=ticked, reason="整改完成", actor=compliance_officer, now=days(3))
    assert holds(one, days(3)) == set()


def test_a_freeze_outlives_a_hold_that_somebody_lifted_by_hand(
    one: Complaint, collector: User, compliance_officer: User
) -> None:
    document = freeze(
        complaint=one, keys=[f"person-{collector.pk}"], reason="核查", actor=compliance_officer, now=days(1)
    )
    lift_hold(hold=Hold.objects.get(), reason="误", actor=compliance_officer, now=days(2))
    ticked = [str(pk) for pk in document.lines.values_list("pk", flat=True)]
    assert release(complaint=one, keys=ticked, reason="完", actor=compliance_officer, now=days(3)).released_at


def test_the_page_freezes_and_only_compliance_releases(
    one: Complaint, supervisor: User, compliance_officer: User, client_as: Callable[[User], Client]
) -> None:
    address = reverse("compliance:complaint_blast", args=[one.pk])
    page = client_as(supervisor).get(address).content.decode()
    assert "近 90 天没有其他客户投诉" in page and "林催收" in page
    values = {"lines": ["channel-sms"], "reason": "核查", "form_token": new_token()}
    empty = client_as(supervisor).post(address, {**values, "lines": [], "form_token": new_token()})
    assert empty.status_code == 409 and "请勾选" in empty.content.decode()
    assert client_as(supervisor).post(address, values).status_code == 302
    line = one.freezes.get().lines.get()
    let_go = reverse("compliance:complaint_release", args=[one.pk])
    ticked = {"release-lines": [line.pk], "release-reason": "已核实"}
    assert client_as(supervisor).post(let_go, {**ticked, "form_token": new_token()}).status_code == 403
    missing = client_as(compliance_officer).post(let_go, {"release-reason": "已核实", "form_token": new_token()})
    assert missing.status_code == 409 and "没有确认" in missing.content.decode()
    assert client_as(compliance_officer).post(let_go, {**ticked, "form_token": new_token()}).status_code == 302
    assert one.freezes.get().released_by == compliance_officer


# Pairs ----------------------------------------------------------------------------------------------------------------


def sketch(case: int, **changes: object) -> Sketch:
    given: dict[str, object] = {"stage": 2, "product": "信用卡", "amount": Decimal(1000), "days": 40, "contacts": 5}
    return Sketch(case=case, **{**given, **changes})  # type: ignore[arg-type]


def test_distance_compares_the_same_stage_and_product_only() -> None:
    assert distance(sketch(1), sketch(2)) == pytest.approx(0.01)
    assert distance(sketch(1, actors=frozenset({7})), sketch(2, actors=frozenset({7, 8}))) == 0
    assert distance(sketch(1), sketch(2, stage=3)) is None
    assert distance(sketch(1), sketch(2, product="消费贷")) is None
    assert distance(sketch(1), sketch(2, amount=Decimal(2001))) is None
    assert distance(sketch(1), sketch(2, days=71)) is None
    assert distance(sketch(1), sketch(2, amount=Decimal(0))) is None
    one, other = sketch(1), sketch(2, amount=Decimal(1500), days=50)
    assert distance(one, other) == distance(other, one)


def test_the_nearest_is_the_least_far_and_was_contacted() -> None:
    far, near, silent = sketch(2, amount=Decimal(1900)), sketch(3, days=42), sketch(4, contacts=0)
    found = nearest(sketch(1), [far, silent, near, sketch(1)])
    assert found is not None and found[0] is near
    assert nearest(sketch(1), [silent, sketch(9, stage=5)]) is None
    twins = nearest(sketch(1), [sketch(8), sketch(6)])
    assert twins is not None and twins[0].case == 6


def test_a_pair_lays_two_cases_side_by_side(
    one: Complaint, case: Case, collector: User, supervisor: User, compliance_officer: User, manager: User,
    client_as: Callable[[User], Client],
) -> None:  # fmt: skip
    handled(one, compliance_officer, by=manager)
    decided(one, compliance_officer)
    one = Complaint.objects.select_related("case__loan").get(pk=one.pk)
    assert "没有足够相似" in pair_of(one).missing
    twin = make_case(desk=desk_of(collector), as_of=AS_OF, total="1100", days=44)
    closer_but_complained = make_case(desk=desk_of(collector), as_of=AS_OF, total="1000", days=40)
    make_case(desk=desk_of(collector), as_of=AS_OF, total="1000", days=41)  # nobody contacted it
    for other in (twin, closer_but_complained):
        talked(other, collector, days(-3, 15))
    complained(closer_but_complained, Accused(About.COLLECTOR, supervisor))
    pair = pair_of(one)
    assert pair.other == twin and pair.missing == ""
    groups = dict(side_by_side(pair))
    whole = {row.label: (row.mine, row.theirs) for row in groups["合计"]}
    assert whole["联系次数"] == (6, 1) and whole["联系人员数"] == (2, 1)
    assert {row.label: (row.mine, row.theirs) for row in groups["时段"]} == {"09–12": (6, 0), "15–18": (0, 1)}
    page = client_as(compliance_officer).get(reverse("compliance:complaint_pair", args=[one.pk])).content.decode()
    assert twin.loan.contract_no in page and "差异明显" in page
