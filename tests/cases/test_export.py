"""Taking cases out as a file: masks, formulas, ownership, expiry, size."""

import csv
import io
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from django.urls import reverse

from cases.models import Case
from cases.services import export as service
from collection_ops.core import clock
from collection_ops.core.access import Role
from collection_ops.core.models import AuditEvent, Job, JobState
from collection_ops.core.services import jobs
from collection_ops.core.services.accounts import grant_role, revoke_role
from collection_ops.core.services.form_tokens import FIELD, new_token
from tests.cases.builders import desk_of, make_case

PHONE, ID_NO, NAME = "13911112222", "110101199003070038", "欧阳小明"


@pytest.fixture
def book(collector):
    make_case(contract_no="X-1", name=NAME, phones=(PHONE,), id_no=ID_NO, total="-12.50", desk=desk_of(collector))
    make_case(contract_no="X-2", name="=cmd|' /C calc'!A0", product="@SUM(1)", days=100, total="7.00")


def ask(client, **data):
    return client.post(
        reverse("cases:export"),
        {"file_format": "xlsx", "reason": "核对月末余额", "query": "status=all", FIELD: new_token(), **data},
    )


def work() -> Job:
    """What the worker does with the newest job."""
    job = Job.objects.latest("pk")
    jobs.run(job.pk)
    job.refresh_from_db()
    return job


def sheet_of(response) -> list[tuple]:
    content = b"".join(response.streaming_content)
    return list(openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True))


@pytest.mark.django_db(transaction=True)
def test_a_supervisor_gets_a_masked_workbook_of_the_filter(client_as, supervisor, book):
    client = client_as(supervisor)
    assert ask(client, query="status=all&stage=2").status_code == 302
    job = work()
    assert (job.state, job.result["rows"]) == (JobState.DONE, 1)
    rows = sheet_of(client.get(reverse("cases:export_file", args=[job.pk])))
    text = str(rows)
    assert "X-1" in text and "X-2" not in text
    assert NAME not in text and PHONE not in text and ID_NO not in text
    assert "欧**明" in text and "139****2222" in text and "0038" in text
    assert supervisor.display_name in text, "who took it stands in the file"
    assert any(Decimal(str(cell)) == Decimal("-12.5") for row in rows for cell in row if isinstance(cell, int | float))
    actions = list(
        AuditEvent.objects.filter(action__startswith="cases.export").order_by("pk").values_list("action", flat=True)
    )
    assert actions == ["cases.export_requested", "cases.exported", "cases.export_downloaded"]
    assert AuditEvent.objects.get(action="cases.exported").data["rows"] == 1


@pytest.mark.django_db(transaction=True)
def test_unmasked_is_for_those_who_may_and_only_when_asked(client_as, manager, supervisor, book):
    client = client_as(manager)
    ask(client, unmasked="on")
    job = work()
    text = str(sheet_of(client.get(reverse("cases:export_file", args=[job.pk]))))
    assert NAME in text and PHONE in text and ID_NO in text
    ask(client)
    assert NAME not in str(sheet_of(client.get(reverse("cases:export_file", args=[work().pk]))))
    # The supervisor's form has no such field; a forged one is ignored.
    ask(client_as(supervisor), unmasked="on")
    assert Job.objects.latest("pk").params["unmasked"] is False


@pytest.mark.django_db(transaction=True)
def test_texts_that_a_spreadsheet_would_run_stay_texts(client_as, supervisor, book):
    client = client_as(supervisor)
    ask(client)
    job = work()
    path = Path(service.find_export(job_id=job.pk, actor=supervisor, now=clock.now()).path)
    sheet = openpyxl.load_workbook(path).active
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    ask(client, file_format="csv")
    job = work()
    content = b"".join(client.get(reverse("cases:export_file", args=[job.pk])).streaming_content).decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(content)) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "@", "+"))]
    assert "-12.50" in cells, "negative amounts stay numbers"


@pytest.mark.django_db(transaction=True)
def test_the_file_is_its_owners_for_a_day_and_while_the_right_lasts(client_as, supervisor, manager, book, settings):
    client = client_as(supervisor)
    ask(client)
    job = work()
    url = reverse("cases:export_file", args=[job.pk])
    assert client.get(url).status_code == 200
    assert client_as(manager).get(url).status_code == 404
    now = clock.now()
    assert service.find_export(job_id=job.pk, actor=supervisor, now=now + timedelta(hours=23))
    assert service.find_export(job_id=job.pk, actor=supervisor, now=now + timedelta(hours=25)) is None
    revoke_role(user=supervisor, role=Role.SUPERVISOR, actor=None)
    assert client_as(supervisor).get(url).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_a_right_taken_back_before_the_job_runs_ends_the_export(client_as, supervisor, book):
    ask(client_as(supervisor))
    revoke_role(user=supervisor, role=Role.SUPERVISOR, actor=None)
    job = work()
    assert job.state == JobState.FAILED
    assert not AuditEvent.objects.filter(action="cases.exported").exists()


@pytest.mark.django_db(transaction=True)
def test_a_team_leader_exports_the_team_only(client_as, team_leader, book):
    client = client_as(team_leader)
    ask(client)
    text = str(sheet_of(client.get(reverse("cases:export_file", args=[work().pk]))))
    assert "X-1" in text and "X-2" not in text


@pytest.mark.django_db(transaction=True)
def test_the_same_form_sent_twice_makes_one_export(client_as, supervisor, book):
    token = new_token()
    for _ in range(2):
        ask(client_as(supervisor), **{FIELD: token})
    assert Job.objects.filter(kind=service.KIND).count() == 1


def test_a_purpose_is_asked_for(client_as, supervisor):
    response = ask(client_as(supervisor), reason="")
    assert response.status_code == 200
    assert not Job.objects.exists()


def test_old_files_are_deleted_and_fresh_ones_kept(supervisor, settings, tmp_path):
    import os

    folders = [Path(settings.MEDIA_ROOT) / name for name in (service.FOLDER, service.ERROR_WORKBOOKS)]
    for folder in folders:
        folder.mkdir(parents=True)
        for name, hours in (("old.xlsx", 25), ("fresh.xlsx", 1)):
            (folder / name).write_bytes(b"x")
            at = (clock.now() - timedelta(hours=hours)).timestamp()
            os.utime(folder / name, (at, at))
    assert service.purge_exports(now=clock.now()) == 2
    assert [path.name for folder in folders for path in folder.iterdir()] == ["fresh.xlsx", "fresh.xlsx"]


def test_rows_are_streamed_with_a_constant_number_of_queries_a_chunk(
    supervisor, django_assert_num_queries, monkeypatch
):
    for _ in range(7):
        make_case(phones=(f"1390000{_:04d}",))
    monkeypatch.setattr(service, "CHUNK", 3)
    with django_assert_num_queries(1 + 3):  # the cursor, and the phones of three chunks
        assert len(list(service.export_rows(Case.objects.all(), unmasked=False))) == 7


def test_two_roles_do_not_widen_an_export(client_as, clerk, book):
    """The clerk sees the imports of a month and may not export; collecting as well gives no right to export either."""
    grant_role(user=clerk, role=Role.COLLECTOR, actor=None)
    assert client_as(clerk).get(reverse("cases:export")).status_code == 403
