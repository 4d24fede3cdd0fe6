"""Documents of agencies: with their dates, perhaps with the file, never edited."""

import datetime as dt
import io
from pathlib import Path

import pytest
from django.db import DatabaseError

from collection_ops.core.models import AuditEvent, User
from tests.cases.care.files import BAD, GOOD
from tests.vendors.agencies.builders import DAY, LONG_AGO, SAYS, make_agency, moment
from vendors.agencies import papers
from vendors.agencies.refusals import AgencyRefused
from vendors.models import Agency, AgencyDocument

pytestmark = pytest.mark.django_db


@pytest.fixture
def agency(vendor_manager: User) -> Agency:
    return make_agency(vendor_manager)


def record(agency: Agency, actor: User, **given: object) -> AgencyDocument:
    return papers.record_document(
        **{"agency": agency, "kind": "other", "signed_on": DAY, "actor": actor, "now": moment(), "day": DAY, **given}
    )


def kept(settings) -> list[Path]:
    folder = Path(settings.MEDIA_ROOT) / papers.FOLDER
    return sorted(folder.iterdir()) if folder.is_dir() else []


def test_a_document_is_kept_with_its_file_and_given_out_with_a_row_on_the_trail(
    agency, vendor_manager, auditor, settings
):
    row = record(agency, vendor_manager, file=io.BytesIO(GOOD["pdf"]), file_name="../执照.exe")
    (path,) = kept(settings)
    assert path.read_bytes() == GOOD["pdf"] and row.file_name == "执照.exe"
    taken = papers.taken_file(document=row, actor=auditor)
    assert taken == (path, "执照.exe.pdf", "application/pdf")
    assert AuditEvent.objects.get(action="agency.document_taken").actor == auditor
    path.unlink()
    assert papers.taken_file(document=row, actor=auditor) is None
    assert papers.taken_file(document=record(agency, vendor_manager), actor=auditor) is None
    assert AuditEvent.objects.filter(action="agency.document_taken").count() == 1


@pytest.mark.parametrize("what", ["a program", "a workbook with macros", "nothing"])
def test_a_file_we_do_not_take_leaves_neither_file_nor_row(agency, vendor_manager, settings, what):
    with pytest.raises(AgencyRefused, match="不支持") as refused:
        record(agency, vendor_manager, file=io.BytesIO(BAD[what]), file_name="执照.pdf")
    assert refused.value.field == "file"
    assert kept(settings) == [] and not AgencyDocument.objects.exists()


def test_a_file_that_is_too_large_is_refused(agency, vendor_manager, settings):
    settings.ATTACHMENT_MAX_MB = 1
    with pytest.raises(AgencyRefused, match="超过 1 MB"):
        record(agency, vendor_manager, file=io.BytesIO(GOOD["pdf"] + bytes(1 << 20)), file_name="执照.pdf")
    assert kept(settings) == [] and not AgencyDocument.objects.exists()
    assert record(agency, vendor_manager, file=io.BytesIO(GOOD["pdf"]), file_name="执照.pdf").stored_name


def test_without_its_row_the_file_goes_too(agency, vendor_manager, settings, monkeypatch):
    def broken(**given):
        raise DatabaseError("no room")

    monkeypatch.setattr(papers.audit, "record", broken)
    with pytest.raises(DatabaseError):
        record(agency, vendor_manager, file=io.BytesIO(GOOD["pdf"]), file_name="执照.pdf")
    assert kept(settings) == [] and not AgencyDocument.objects.exists()


def test_dates_and_kinds_that_cannot_be_are_refused(agency, vendor_manager):
    for wrong, field in (
        ({"signed_on": DAY + dt.timedelta(1)}, "signed_on"),
        ({"valid_until": LONG_AGO}, "valid_until"),
        ({"kind": "licence", "number": " "}, "number"),
        ({"kind": "deletion"}, "kind"),
    ):
        with pytest.raises(AgencyRefused) as refused:
            record(agency, vendor_manager, **wrong)
        assert refused.value.field == field
    assert record(agency, vendor_manager, kind="licence", number="91", valid_until=DAY).pk


def test_what_an_agreement_says_is_kept_by_name_and_its_words_stay_off_the_trail(agency, vendor_manager):
    row = record(agency, vendor_manager, kind="data_agreement", says={**SAYS, "retention": "  ", "other": "x"})
    assert set(row.says) == set(SAYS) and row.says["retention"] == ""
    said = AuditEvent.objects.get(action="agency.document").data["says"]
    assert "purpose" in said and "retention" not in said
    assert record(agency, vendor_manager, kind="other", says=SAYS).says == {}
