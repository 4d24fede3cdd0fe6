"""Messages: only approved words, judged when they leave, and never twice."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, transaction

from cases.models import Case, HoldType
from cases.services.holds import place_hold
from collection_ops.core.models import User
from compliance import dispatch
from compliance.dispatch import MessageRefused, cancel_message, dispatch_due, queue_message, settle_unfinished
from compliance.models import ContactAttempt, GateDecision, MessageTemplate, QueuedMessage
from compliance.senders import NotTaken, Receipt
from compliance.services.rulebook import propose_change
from compliance.services.templates import TemplateRefused, decide_template, retire_template, write_template
from tests.compliance.conftest import Person, monday
from tests.compliance.test_gate import blocking, call

pytestmark = pytest.mark.django_db

WORDS = "{name}您好，您的借款逾期{days}天，应还{amount}元，请致电{phone}。回T退订"


class Gateway:
    """A carrier with books; `dies` and `refuses` are what may go wrong with the next message."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.books: dict[str, Receipt] = {}
        self.dies = ""
        self.refuses = False

    def send(self, *, key: str, channel: str, to: str, text: str) -> Receipt:
        if self.refuses:
            raise NotTaken("busy")
        if self.dies == "before":
            raise KeyboardInterrupt
        if key not in self.books:
            self.sent.append(text)
        self.books[key] = Receipt(f"r-{key}")
        if self.dies == "after":
            raise KeyboardInterrupt
        return self.books[key]

    def find(self, key: str) -> Receipt | None:
        return self.books.get(key)


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


def written(actor: User, body: str = WORDS, **options) -> MessageTemplate:
    options = {"code": "overdue", "channel": "sms", "audience": "debtor", "purpose": "demand", **options}
    options.setdefault("valid_from", dt.date(2026, 3, 1))
    return write_template(body=body, actor=actor, now=monday("08:00"), **options)


@pytest.fixture
def template(supervisor: User, compliance_officer: User) -> MessageTemplate:
    return decide_template(template=written(supervisor), approve=True, actor=compliance_officer, now=monday("08:10"))


def queued(person: Person, template: MessageTemplate, actor: User | None, clock: str, **options) -> QueuedMessage:
    options = {"case": person.card, "point": person.mobile, **options}
    return queue_message(template=template, actor=actor, now=monday(clock), **options)


def test_words_are_checked_before_they_are_saved(supervisor: User) -> None:
    for body, sentence in (
        ("公安机关将上门拘留", "机关的名义"),
        ("您应还3,200元", "金额"),
        ("我司已起诉", "案号"),
        ("可先在其他平台借款归还", "诱导"),
        ("您好{salary}", "salary"),
        ("您好{name", "花括号"),
        ("   ", "正文"),
    ):
        with pytest.raises(TemplateRefused, match=sentence):
            written(supervisor, body)
    with pytest.raises(TemplateRefused, match="透露欠款"):
        written(supervisor, "请转告{name}有一笔逾期", audience="contact", purpose="relay")
    with pytest.raises(TemplateRefused, match="amount"):
        written(supervisor, "请转告{name}，{amount}", audience="contact", purpose="relay")
    assert not MessageTemplate.objects.exists()
    assert (
        written(supervisor, "请转告{name}联系{lender}，电话{phone}", audience="contact", purpose="relay").version == 1
    )


def test_another_person_approves_and_the_database_sees_to_it(
    supervisor: User, compliance_officer: User, collector: User
) -> None:
    with pytest.raises(PermissionDenied):
        written(collector)
    own = written(compliance_officer)
    with pytest.raises(TemplateRefused, match="自己"):
        decide_template(template=own, approve=True, actor=compliance_officer, now=monday("09:00"))
    with pytest.raises(PermissionDenied):
        decide_template(template=own, approve=True, actor=supervisor, now=monday("09:00"))
    rows = MessageTemplate.objects.filter(pk=own.pk)
    for approver in (None, compliance_officer):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(state="approved", approved_by=approver)
    for act in (lambda: rows.update(body="别的话"), rows.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


def test_the_next_version_waits_while_the_approved_one_is_used(
    template: MessageTemplate, supervisor: User, manager: User
) -> None:
    following = written(supervisor, WORDS + "。")
    assert (following.version, following.state) == (2, "pending")
    with pytest.raises(TemplateRefused, match="等待批准"):
        written(supervisor)
    with pytest.raises(TemplateRefused, match="理由"):
        decide_template(template=following, approve=False, actor=manager, now=monday("09:00"))
    decide_template(template=following, approve=False, actor=manager, now=monday("09:00"), reason="多一个句号")
    template.refresh_from_db()
    assert template.state == "approved"


def test_a_message_of_the_evening_leaves_in_the_morning(
    person: Person, template: MessageTemplate, collector: User, gateway: Gateway
) -> None:
    message = queued(person, template, collector, "21:58")
    assert dispatch_due(now=monday("22:03"), sender=gateway).requeued == 1
    message.refresh_from_db()
    assert (message.state, message.send_after, gateway.sent) == ("requeued", monday("08:00", day=3), [])
    assert message.decision is not None and message.decision.verdict == "block"
    assert not dispatch_due(now=monday("07:59", day=3), sender=gateway).handled
    assert dispatch_due(now=monday("08:00", day=3), sender=gateway).sent == 1
    message.refresh_from_db()
    assert (message.state, message.receipt) == ("sent", f"r-message-{message.pk}")
    assert message.attempt is not None
    assert (message.attempt.state, message.attempt.result, message.attempt.actor) == ("closed", "sent", collector)


def test_its_amount_is_the_ledgers_of_the_moment_of_sending(
    person: Person, template: MessageTemplate, collector: User, gateway: Gateway
) -> None:
    queued(person, template, collector, "09:00")
    Case.objects.filter(pk=person.card.pk).update(total=Decimal("1199.99"))
    dispatch_due(now=monday("09:05"), sender=gateway)
    (text,) = gateway.sent
    assert "应还1,199.99元" in text and text.startswith("【")
    message = QueuedMessage.objects.get()
    assert (message.amount, message.text) == (Decimal("1199.99"), text)


def test_what_is_kept_of_a_message_names_nobody(
    person: Person, template: MessageTemplate, collector: User, gateway: Gateway
) -> None:
    queued(person, template, collector, "09:00")
    dispatch_due(now=monday("09:05"), sender=gateway)
    decision = GateDecision.objects.get()
    kept = decision.facts["action"]["message"]
    assert "text" not in kept and kept["template"] == "overdue v1"
    assert person.card.loan.debtor.name not in str(decision.facts)


def test_a_hold_a_payment_and_a_template_out_of_use_refuse_it_for_good(
    person: Person, template: MessageTemplate, collector: User, supervisor: User, gateway: Gateway
) -> None:
    stopped = queued(person, template, collector, "09:00")
    hold = place_hold(
        debtor=person.card.loan.debtor, type=HoldType.STOP_CONTACT, reason="要求停止", actor=supervisor,
        now=monday("09:01"),
    )  # fmt: skip
    assert dispatch_due(now=monday("09:05"), sender=gateway).refused == 1
    stopped.refresh_from_db()
    assert stopped.state == "refused"
    type(hold).objects.filter(pk=hold.pk).update(ends_at=monday("09:06"))
    retired = queued(person, template, collector, "09:10")
    retire_template(template=template, actor=supervisor, now=monday("09:11"), reason="措辞过时")
    assert dispatch_due(now=monday("09:15"), sender=gateway).refused == 1
    retired.refresh_from_db()
    assert [reason["rule"] for reason in retired.decision.reasons if reason["verdict"] == "block"] == ["CN-M-01"]
    assert gateway.sent == []


def test_the_third_message_of_a_day_is_refused_once_the_rule_is_made_strict(
    person: Person, template: MessageTemplate, collector: User, compliance_officer: User, gateway: Gateway
) -> None:
    propose_change(
        pack="CN-DEFAULT", rule="CN-F-05", params={}, verdict="block", effective_from=dt.date(2026, 3, 2),
        reason="客户抱怨短信多", actor=compliance_officer, now=monday("08:20"),
    )  # fmt: skip
    for clock in ("09:00", "10:00", "11:00"):
        queued(person, template, collector, clock)
        dispatch_due(now=monday(clock), sender=gateway)
    assert len(gateway.sent) == 2
    assert QueuedMessage.objects.get(state="requeued").send_after == monday("08:00", day=3)


def test_a_collector_on_the_telephone_may_have_messages_on_their_way(
    person: Person, template: MessageTemplate, collector: User, gateway: Gateway
) -> None:
    assert call(person, collector, "09:00").allowed
    queued(person, template, collector, "09:00")
    assert dispatch_due(now=monday("09:01"), sender=gateway).sent == 1


def test_a_worker_that_dies_after_handing_over_does_not_send_twice(
    person: Person, template: MessageTemplate, collector: User, gateway: Gateway
) -> None:
    message = queued(person, template, collector, "09:00")
    gateway.dies = "after"
    with pytest.raises(KeyboardInterrupt):
        dispatch_due(now=monday("09:00"), sender=gateway)
    message.refresh_from_db()
    assert message.state == "sending"
    gateway.dies = ""
    assert not dispatch_due(now=monday("09:05"), sender=gateway).handled, "it is nobody else's to send"
    assert not settle_unfinished(now=monday("09:05"), sender=gateway).handled, "the worker may only be slow"
    assert settle_unfinished(now=monday("09:11"), sender=gateway).sent == 1
    dispatch_due(now=monday("09:12"), sender=gateway)
    assert len(gateway.sent) == 1
    assert ContactAttempt.objects.get().result == "sent"


def test_a_worker_that_dies_before_handing_over_is_taken_over_from(
    person: Person, template: MessageTemplate, collector: User, gateway: Gateway
) -> None:
    message = queued(person, template, collector, "09:00")
    gateway.dies = "before"
    with pytest.raises(KeyboardInterrupt):
        dispatch_due(now=monday("09:00"), sender=gateway)
    gateway.dies = ""
    assert settle_unfinished(now=monday("09:11"), sender=gateway).requeued == 1
    message.refresh_from_db()
    assert dispatch_due(now=message.send_after, sender=gateway).sent == 1
    assert len(gateway.sent) == 1
    assert sorted(ContactAttempt.objects.values_list("state", flat=True)) == ["cancelled", "closed"]


def test_without_asking_the_gateway_it_would_be_sent_twice(
    person: Person, template: MessageTemplate, collector: User, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The failing twin: what the stories above rest on is the key that stays the same, and the gateway's books."""
    monkeypatch.setattr(dispatch, "key_of", lambda message: f"{message.pk}-{message.tries}")
    monkeypatch.setattr(gateway, "find", lambda key: None)
    queued(person, template, collector, "09:00")
    gateway.dies = "after"
    with pytest.raises(KeyboardInterrupt):
        dispatch_due(now=monday("09:00"), sender=gateway)
    gateway.dies = ""
    settle_unfinished(now=monday("09:11"), sender=gateway)
    dispatch_due(now=monday("09:30"), sender=gateway)
    assert len(gateway.sent) == 2


def test_a_gateway_that_takes_nothing_is_tried_a_few_times(
    person: Person, template: MessageTemplate, collector: User, gateway: Gateway
) -> None:
    message = queued(person, template, collector, "09:00")
    gateway.refuses = True
    for n in range(dispatch.MOST_TRIES):
        dispatch_due(now=monday("09:00") + n * dispatch.TRY_AGAIN, sender=gateway)
    message.refresh_from_db()
    assert (message.state, message.tries, message.note) == ("failed", dispatch.MOST_TRIES, "busy")
    assert set(ContactAttempt.objects.values_list("state", flat=True)) == {"cancelled"}


def test_what_cannot_be_queued_is_told_at_once(
    person: Person, template: MessageTemplate, collector: User, supervisor: User
) -> None:
    with pytest.raises(MessageRefused, match="联系人"):
        queued(person, template, collector, "09:00", point=person.aunt)
    pending = written(supervisor, code="other")
    with pytest.raises(MessageRefused, match="批准"):
        queued(person, pending, collector, "09:00")
    message = queued(person, template, collector, "09:00")
    with pytest.raises(MessageRefused, match="等待发送"):
        queued(person, template, collector, "09:01")
    cancel_message(message=message, actor=collector, now=monday("09:02"))
    with pytest.raises(MessageRefused, match="已取消"):
        cancel_message(message=message, actor=collector, now=monday("09:03"))
    assert queued(person, template, collector, "09:04").state == "waiting"


def test_an_aunt_gets_no_message_while_the_debtor_can_be_reached(
    person: Person, supervisor: User, compliance_officer: User, collector: User, gateway: Gateway
) -> None:
    relay = written(
        supervisor, "请转告{name}联系{lender}，电话{phone}", audience="contact", purpose="relay", code="relay"
    )
    relay = decide_template(template=relay, approve=True, actor=compliance_officer, now=monday("08:10"))
    message = queued(person, relay, collector, "09:00", point=person.aunt)
    dispatch_due(now=monday("09:00"), sender=gateway)
    message.refresh_from_db()
    assert message.state == "refused"
    assert "CN-P-02" in [reason["rule"] for reason in message.decision.reasons]
    assert blocking(call(person, collector, "09:30")) == []


def test_a_signature_that_the_carrier_does_not_know_is_refused(
    person: Person, template: MessageTemplate, collector: User, gateway: Gateway, settings
) -> None:
    settings.MESSAGE_SIGNATURE, settings.REGISTERED_SIGNATURES = "恒信", ["恒信小贷"]
    message = queued(person, template, collector, "09:00")
    dispatch_due(now=monday("09:00"), sender=gateway)
    message.refresh_from_db()
    assert [reason["rule"] for reason in message.decision.reasons if reason["verdict"] == "block"] == ["CN-M-02"]
    settings.REGISTERED_SIGNATURES = ["恒信小贷", "恒信"]
    queued(person, template, collector, "09:01")
    assert dispatch_due(now=monday("09:02"), sender=gateway).sent == 1
    assert gateway.sent[0].startswith("【恒信】")


def test_without_a_gateway_nothing_is_taken_and_what_waits_goes_on_waiting(
    person: Person, template: MessageTemplate, collector: User, gateway: Gateway, settings
) -> None:
    message = queued(person, template, collector, "09:00")
    settings.MESSAGE_SENDER = ""
    assert dispatch_due(now=monday("10:00")).handled == 0
    assert settle_unfinished(now=monday("10:00")).handled == 0
    with pytest.raises(MessageRefused, match="还没有接入消息通道"):
        queued(person, template, collector, "10:00")
    assert dispatch_due(now=monday("10:01"), sender=gateway).sent == 1
    message.refresh_from_db()
    assert message.state == "sent"
