import pytest
from django.db import transaction
from django.urls import reverse

from collection_ops.core.models import AuditEvent, Job
from collection_ops.core.services import audit, jobs
from collection_ops.core.services.form_tokens import new_token

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(auditor, client_as):
    client = client_as(auditor)
    return lambda **query: client.get(reverse("core:audit"), query)


def rows(answer):
    return [event.action for event in answer.context["page"].rows]


def test_it_filters_by_what_who_what_on_and_when(page, clerk, collector):
    with transaction.atomic():
        audit.record(action="import.applied", actor=clerk, obj=clerk, reason="月末")
        audit.record(action="import.undone", actor=collector, outcome="refused")
    assert rows(page(action="import.")) == ["import.undone", "import.applied"]
    assert rows(page(action="import.", person="舒")) == ["import.applied"]
    assert rows(page(action="import.", person="LIN.collector")) == ["import.undone"]
    assert rows(page(object_type="core.user", object_id=str(clerk.pk), action="import")) == ["import.applied"]
    assert rows(page(outcome="refused", action="import")) == ["import.undone"]
    assert rows(page(first="2999-01-01")) == []
    assert len(rows(page(last="2999-01-01"))) > 2


@pytest.mark.parametrize(
    "query", [{"first": "gestern"}, {"before": "9" * 40}, {"before": "-1"}, {"after": "x"}, {"outcome": "maybe"}, {"action": "\x00"}]
)
def test_nonsense_in_the_address_is_passed_over(page, query):
    assert page(**query).status_code == 200


def test_paging_goes_back_and_forth_without_losing_a_row(page, auditor):
    AuditEvent.objects.bulk_create(AuditEvent(action=f"test.{n:03}") for n in range(120))
    seen, query = [], {"action": "test."}
    while True:
        answer = page(**query)
        seen += rows(answer)
        following = answer.context["page"].next_url
        if not following:
            break
        query = {"action": "test.", "before": following.rsplit("=", 1)[1]}
    assert seen == [f"test.{n:03}" for n in reversed(range(120))]
    back = answer.context["page"].previous_url.rsplit("=", 1)[1]
    assert rows(page(action="test.", after=back)) == seen[50:100]


def test_verifying_is_a_job_whose_result_is_a_sentence(auditor, client_as, settings, tmp_path):
    settings.AUDIT_SEAL_COPY = tmp_path / "seals.jsonl"
    client = client_as(auditor)
    answer = client.post(reverse("core:audit_verify"), {"form_token": new_token()})
    job = Job.objects.get()
    assert answer["Location"] == reverse("core:job", args=[job.pk])
    jobs.run(job.pk)
    assert "审计链完整" in client.get(answer["Location"]).content.decode()


def test_who_may_not_read_it_does_not(clerk, client_as):
    assert client_as(clerk).get(reverse("core:audit")).status_code == 403
