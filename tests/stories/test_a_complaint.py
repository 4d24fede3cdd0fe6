"""A complaint from the call in which it is told to the letter that answers it: whom it stops, who decides, what follows for
the case, the person and the rate."""

import datetime as dt

import pytest
from django.utils import timezone

from agents.assignment.runs import apply_run, approve_run, plan_run
from agents.reviews.month_facts import month_facts
from agents.targets.measures import measure
from cases.models import Case
from cases.services.custody import move_cases
from cases.timeline import timeline
from collection_ops.core.dated_settings import set_value
from collection_ops.core.models import User
from compliance.complaints.handling import assign, close, decide, reopen
from compliance.complaints.rates import LEAST_CONTACTED, rates
from compliance.complaints.refusals import ComplaintRefused
from compliance.complaints.register import Accused, Said, Whose, receive
from compliance.gate import open_attempt
from compliance.models import About
from compliance.reference import seed_codes
from compliance.routing.answering import answer
from compliance.routing.referring import accept, ask
from compliance.routing.refusals import ReferralRefused
from compliance.services.log import cancel_attempt, record_past
from tests.agents.assignment.cast import assert_assignment_holds, crew
from tests.cases.builders import desk_of, make_case, pool_desk
from tests.compliance.conftest import add_phone
from tests.compliance.routing.cast import department

pytestmark = pytest.mark.django_db


def at(ago: int, hour: int, minute: int = 0) -> dt.datetime:
    """A moment so many days before the next Wednesday: the custodies of the builders lie before all of them."""
    today = timezone.localdate()
    wednesday = today + dt.timedelta(days=(2 - today.weekday()) % 7 + 14)
    return timezone.make_aware(dt.datetime.combine(wednesday - dt.timedelta(days=ago), dt.time(hour, minute)))


def test_a_complaint_from_the_call_to_the_answer_and_what_follows_from_it(
    supervisor: User, manager: User, compliance_officer: User, clerk: User
) -> None:
    seed_codes()
    accused, colleague = crew(2)
    (stranger,) = crew(1, unit="team-b")
    first, last = at(2, 0).date(), at(0, 0).date()
    set_value(LEAST_CONTACTED, 3, effective_from=first, reason="小样本", actor=manager, now=at(2, 8))
    book = [make_case(desk=desk_of(accused), days=10) for _number in range(4)]
    case = book[0]
    phone = add_phone(case, "13900001111")
    for number, one in enumerate(book):
        record_past(
            case=one, point=None, channel="call", result="right_party", actor=accused, started_at=at(2, 9, number * 5),
            now=at(2, 10),
        )  # fmt: skip

    def state() -> tuple[str | None, str | None]:
        """The house's rate and hers."""
        (house,) = rates(first, last)
        hers = next(line for line in rates(first, last, "user") if line.key == str(accused.pk))
        return str(house.rate), str(hers.rate)

    assert state() == ("0.00", "0.00")

    # Monday, 11:00. The hotline writes it down; she may not call any more, a colleague may and is told to take care.
    one = receive(
        said=Said(
            source="hotline", type="threat", narrative="说要到单位去闹", received_at=at(2, 11), event_on=first,
        ),
        whose=Whose(case.loan.debtor, case, [case.loan]),
        accused=[Accused(About.COLLECTOR, user=accused)],
        actor=clerk,
        now=at(2, 11),
    )  # fmt: skip
    asked = {"case": case, "point": phone, "channel": "call"}
    refused = open_attempt(**asked, actor=accused, now=at(1, 10))
    assert refused.attempt is None and refused.verdict.verdict == "block"
    warned = open_attempt(**asked, actor=colleague, now=at(1, 11))
    assert warned.attempt is not None and warned.verdict.verdict == "warn"
    assert {reason.rule for reason in (*refused.verdict.reasons, *warned.verdict.reasons)} >= {"CN-S-07"}
    # 1 of 4 customers whom she reached complained of her.
    assert state() == ("2500.00", "2500.00")

    # The service department is asked what it heard; her own question about it would be refused.
    service = department(clerk, code="service", name="客户服务")
    with pytest.raises(ReferralRefused, match="被投诉人不能"):
        ask(department=service, complaint=one, question="有没有录音", actor=accused, now=at(1, 11))
    referral = ask(
        department=service, complaint=one, question="客户来电时还说了什么", actor=compliance_officer, now=at(1, 11)
    )
    answer(referral=referral, words="客户要求道歉，并要求换人联系", actor=clerk, now=at(1, 14))

    # Not she and nobody without the authority decides it.
    with pytest.raises(ComplaintRefused, match="没有办理投诉的权限"):
        assign(complaint=one, handler=accused, actor=manager, now=at(1, 12))
    assign(complaint=one, handler=compliance_officer, actor=manager, now=at(1, 12))
    subject = one.subjects.get()
    decide(
        complaint=one, outcome="upheld", finding="录音中确有威胁", remedy="致歉，不再由其联系",
        responsible={subject.pk: True}, actor=compliance_officer, now=at(1, 15),
    )  # fmt: skip
    with pytest.raises(ComplaintRefused, match="还有 1 件转办没有了结"):
        close(complaint=one, answered="电话致歉并寄出答复函", actor=compliance_officer, now=at(0, 8))
    accept(referral=referral, actor=compliance_officer, now=at(0, 8))
    close(complaint=one, answered="电话致歉并寄出答复函", actor=compliance_officer, now=at(0, 9))
    assert {step.kind for step in one.steps.all()} >= {"received", "assigned", "decided", "closed"}
    told = [entry.title for entry in timeline(case, compliance_officer)[0]]
    assert any("客户服务" in title for title in told), "what the department was asked stands on the record of the case"
    # The hold is over; the rate stays, for a complaint that was answered was one all the same.
    allowed = open_attempt(**asked, actor=accused, now=at(0, 10)).attempt
    assert allowed is not None
    cancel_attempt(attempt=allowed, actor=accused, now=at(0, 10))
    assert state() == ("2500.00", "2500.00")
    (house,) = rates(first, last)
    assert (house.upheld_rate, house.counts.open) == (100, 0)
    month = first.replace(day=1)
    figures = month_facts(month=month, users=[accused.pk], now=at(0, 12))[accused.pk]
    assert (figures.number("complaints"), figures.evidence["complaints"][0]["pk"]) == (1, one.pk)
    pair = measure("complaints", first=first, last=last, users=[accused.pk])[accused.pk]
    assert (pair.numerator, pair.denominator) == (1, 4)

    # The case goes back to the pool, and the plan gives it neither to her nor to her team.
    move_cases(cases=[case.pk], desk=pool_desk(), reason="pool", actor=manager, now=at(0, 13))
    run = plan_run(cases=None, chosen={}, unit="", day=last, seed=1, actor=supervisor, now=at(0, 14))
    why = {desk: code for desk, code, *_points in run.moves.get(case=case).why["over"]}
    assert why[desk_of(accused).pk] == "complaint" and why[desk_of(colleague).pk] == "complaint_team"
    approve_run(run=run, actor=manager, now=at(0, 14))
    apply_run(run=run, actor=manager, now=at(0, 15))
    assert Case.objects.get(pk=case.pk).desk == desk_of(stranger)
    assert_assignment_holds()

    # He does not accept the answer: it is open again, she is stopped again, and it is one complaint still.
    reopen(complaint=one, reason="不接受答复", actor=compliance_officer, now=at(0, 16))
    assert open_attempt(**asked, actor=accused, now=at(0, 17)).attempt is None
    (house,) = rates(first, last)
    assert (str(house.rate), house.counts.open, house.counts.decided) == ("2500.00", 1, 0)
