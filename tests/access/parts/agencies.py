"""Agencies: the register, one agency with what is written about it, its exit."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from collection_ops.core import clock
from tests.access.form import Cast, Filled, Form
from tests.cases.care.files import GOOD
from tests.vendors.agencies.builders import LONG_AGO, SAYS, complete, credit_code
from vendors.agencies import leaving, papers, register
from vendors.agencies.register import MASTER, Master, mark_of
from vendors.models import Agency, AgencyDocument, AgencyState


def _today() -> Any:
    return clock.business_date(clock.now())


def _agency(cast: Cast, *, is_complete: bool = False) -> Agency:
    """The same for every route of a test."""
    found = Agency.objects.filter(name="样例机构").first()
    if found is not None:
        return found
    agency = register.register_agency(
        master=Master("样例机构", hotline="400-555-0101", contact_name="联系人"), code="agency-sample",
        actor=cast["vendor_manager"], now=clock.now(),
    )  # fmt: skip
    if is_complete:
        complete(agency, editor=cast["vendor_manager"], judge=cast["compliance"], day=_today())
    return agency


def _in(state: AgencyState, cast: Cast) -> Agency:
    agency = _agency(cast, is_complete=True)
    columns = {"exit_begun_on": _today()} if state == AgencyState.EXITING else {}
    Agency.objects.filter(pk=agency.pk).update(state=state, **columns)
    agency.refresh_from_db()
    return agency


def _id(cast: Cast) -> dict[str, Any]:
    return {"agency_id": _agency(cast).pk}


def _file(cast: Cast) -> dict[str, Any]:
    found = AgencyDocument.objects.filter(stored_name__gt="").first() or papers.record_document(
        agency=_agency(cast), kind="other", signed_on=LONG_AGO, actor=cast["vendor_manager"], now=clock.now(),
        day=_today(), file=_upload().file, file_name="样例.pdf",
    )  # fmt: skip
    return {"document_id": found.pk}


def _upload() -> SimpleUploadedFile:
    return SimpleUploadedFile("执照.pdf", GOOD["pdf"])


def _form(**values: Any) -> Any:
    return lambda cast: (_id(cast), {key: _value(value) for key, value in values.items()})


def _value(value: Any) -> Any:
    """Today is the day on which the test runs."""
    return f"{_today():%Y-%m-%d}" if value is _today else _upload() if value is _upload else value


def _of(state: AgencyState, **values: Any) -> Any:
    return lambda cast: ({"agency_id": _in(state, cast).pk}, {key: _value(value) for key, value in values.items()})


def _edit(cast: Cast) -> Filled:
    agency = _agency(cast)
    values = {name: getattr(agency, name) for name in MASTER}
    return {"agency_id": agency.pk}, {**values, "address": "云杉路 1 号", "based_on": mark_of(agency)}


def _of_a_person(**values: Any) -> Any:
    def build(cast: Cast) -> Filled:
        agency = _agency(cast, is_complete=True)
        prefix = next(iter(values)).partition("-")[0]
        typed = {key: _value(value) for key, value in values.items()}
        return {"agency_id": agency.pk}, {f"{prefix}-person": agency.people.get().pk, **typed}

    return build


def _finish(cast: Cast) -> Filled:
    agency, now = _in(AgencyState.EXITING, cast), clock.now()
    for act in (leaving.close_accounts, leaving.data_returned):
        act(agency=agency, on=_today(), actor=cast["vendor_manager"], now=now, day=_today())
    leaving.certify_deletion(agency=agency, signed_on=_today(), actor=cast["vendor_manager"], now=now, day=_today())
    return {"agency_id": agency.pk}, {}


OF_ONE = (
    *("agency", "agency_edit", "agency_listing", "agency_document", "agency_person", "agency_certificate"),
    *("agency_person_left", "agency_check", "agency_evaluation", "agency_activate", "agency_stop", "agency_resume"),
    *("agency_exit", "agency_exit_accounts", "agency_exit_data", "agency_exit_deletion", "agency_exit_finish"),
)
ROUTES = {**{f"vendors:{name}": _id for name in OF_ONE}, "vendors:agency_file": _file}
AGREEMENT = {f"says_{name}": text for name, text in SAYS.items()}
JUDGED = {"evaluation-compliance": "无违规", "evaluation-effect": "达标", "evaluation-security": "合格"}
FORMS = {
    "vendors:agency_new": Form(
        "vendor_manager",
        lambda cast: ({}, {"name": "新机构", "code": "agency-new", "credit_code": credit_code(7)}),
    ),
    "vendors:agency_edit": Form("vendor_manager", _edit),
    "vendors:agency_listing": Form("vendor_manager", _form(listed_on=_today, published_on=_today)),
    "vendors:agency_document": Form(
        "vendor_manager", _form(kind="data_agreement", signed_on=_today, file=_upload, **AGREEMENT)
    ),
    "vendors:agency_person": Form("vendor_manager", _form(employee_no="E9", name="某人", started_on=_today)),
    "vendors:agency_certificate": Form(
        "vendor_manager", _of_a_person(**{"certificate-certificate_no": "PX-2", "certificate-certified_on": _today})
    ),
    "vendors:agency_person_left": Form("vendor_manager", _of_a_person(**{"left-left_on": _today})),
    "vendors:agency_check": Form(
        "compliance",
        _form(**{"check-kind": "site", "check-passed": "yes", "check-checked_on": _today, "check-found": "合格"}),
    ),
    "vendors:agency_evaluation": Form(
        "compliance",
        _form(**{"evaluation-kind": "yearly", "evaluation-done_on": _today, "evaluation-result": "continue"}, **JUDGED),
    ),
    "vendors:agency_activate": Form("compliance", _of(AgencyState.APPLYING)),
    "vendors:agency_stop": Form("vendor_manager", _of(AgencyState.ACTIVE, **{"stop-reason": "整改"})),
    "vendors:agency_resume": Form("compliance", _of(AgencyState.STOPPED, **{"resume-reason": "整改完成"})),
    "vendors:agency_exit": Form(
        "vendor_manager", _of(AgencyState.ACTIVE, **{"exit-reason": "到期不续", "exit-on": _today})
    ),
    "vendors:agency_exit_accounts": Form("vendor_manager", _of(AgencyState.EXITING, **{"accounts-on": _today})),
    "vendors:agency_exit_data": Form("vendor_manager", _of(AgencyState.EXITING, **{"data-on": _today})),
    "vendors:agency_exit_deletion": Form(
        "vendor_manager",
        _of(AgencyState.EXITING, **{"deletion-signed_on": _today, "deletion-number": "SC-1", "deletion-file": _upload}),
    ),
    "vendors:agency_exit_finish": Form("vendor_manager", _finish),
}
WITHOUT_EFFECT = {"vendors:agency_file": "only gives the file, and writes down who took it"}
