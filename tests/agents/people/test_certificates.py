"""Certificates and papers: taken back, warned of, and told to whoever is refused at the gate."""

from datetime import timedelta

import pytest
from django.utils import timezone

from agents.people.expiry import warn_of_expiry
from agents.workbench.panel import reason_lines
from collection_ops.core.models import Notification, User
from compliance.gate import open_attempt
from compliance.models import StaffPaper, TrainingCertificate
from compliance.selectors_staff import who_may_contact
from compliance.services.certificates import (
    CertificateRefused,
    record_certificate,
    record_paper,
    revoke_certificate,
    withdraw_paper,
)
from tests.cases.builders import make_case
from tests.core.races import at_once

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()


def passed(user: User, days_ago: int) -> TrainingCertificate:
    TrainingCertificate.objects.filter(user=user).delete()
    return TrainingCertificate.objects.create(
        user=user, course="上岗培训", passed_on=TODAY - timedelta(days=days_ago), recorded_at=timezone.now()
    )


def test_a_revoked_certificate_is_kept_and_counts_no_more(collector: User, compliance_officer: User) -> None:
    row = passed(collector, 10)
    with pytest.raises(CertificateRefused, match="原因"):
        revoke_certificate(certificate=row, reason=" ", actor=compliance_officer, now=timezone.now())
    with pytest.raises(CertificateRefused, match="他人"):
        revoke_certificate(certificate=row, reason="x", actor=collector, now=timezone.now())
    revoke_certificate(certificate=row, reason="代考", actor=compliance_officer, now=timezone.now())
    with pytest.raises(CertificateRefused, match="已撤销"):
        revoke_certificate(certificate=row, reason="代考", actor=compliance_officer, now=timezone.now())
    assert not who_may_contact([collector.pk], TODAY)[collector.pk]
    record_certificate(
        user=collector, course="上岗培训", passed_on=row.passed_on, actor=compliance_officer, now=timezone.now()
    )
    assert who_may_contact([collector.pk], TODAY)[collector.pk]


def test_a_paper_is_withdrawn_and_handed_in_again(collector: User, compliance_officer: User) -> None:
    paper = StaffPaper.objects.get(user=collector, kind="nda")
    with pytest.raises(CertificateRefused, match="不晚于今天"):
        withdraw_paper(
            paper=paper, withdrawn_on=TODAY + timedelta(days=1), reason="过期", actor=compliance_officer,
            now=timezone.now(),
        )  # fmt: skip
    withdraw_paper(paper=paper, withdrawn_on=TODAY, reason="重签", actor=compliance_officer, now=timezone.now())
    assert not who_may_contact([collector.pk], TODAY)[collector.pk]
    record_paper(user=collector, kind="nda", received_on=TODAY, actor=compliance_officer, now=timezone.now())
    assert who_may_contact([collector.pk], TODAY)[collector.pk]


def test_before_a_certificate_runs_out_those_whom_it_concerns_are_told_once(
    collector: User, team_leader: User, supervisor: User, compliance_officer: User, manager: User
) -> None:
    for user in (team_leader, supervisor):
        passed(user, 10)
    passed(collector, 334)
    assert warn_of_expiry(now=timezone.now()) == 0, "31 days are left"
    passed(collector, 335)
    assert warn_of_expiry(now=timezone.now()) == 1
    assert warn_of_expiry(now=timezone.now()) == 0
    rows = Notification.objects.filter(kind="certificate.expiring")
    assert {row.user for row in rows} == {collector, team_leader, supervisor, compliance_officer, manager}
    assert rows.count() == 5
    passed(collector, 1)
    assert warn_of_expiry(now=timezone.now()) == 0, "the next one is there"


@pytest.mark.django_db(transaction=True)
def test_two_schedulers_at_once_tell_once(collector: User, compliance_officer: User) -> None:
    passed(collector, 350)
    assert sorted(at_once(*[lambda: warn_of_expiry(now=timezone.now())] * 3)) == [0, 0, 1]
    assert Notification.objects.filter(user=collector).count() == 1


def test_the_refusal_at_the_gate_says_what_is_missing_and_whom_to_ask(collector: User) -> None:
    passed(collector, 400)
    StaffPaper.objects.filter(user=collector, kind="nda").delete()
    answer = open_attempt(case=make_case(), point=None, actor=collector, now=timezone.now())
    told = " ".join(line["counted"] for line in reason_lines(answer.decision.reasons))
    assert "保密协议" in told
    assert (TODAY - timedelta(days=35)).isoformat() in told
    assert "主管 / 合规 / 经理登记" in told
    TrainingCertificate.objects.filter(user=collector).delete()
    answer = open_attempt(case=make_case(contract_no="C2"), point=None, actor=collector, now=timezone.now())
    told = " ".join(line["counted"] for line in reason_lines(answer.decision.reasons))
    assert "还没有培训合格证" in told
