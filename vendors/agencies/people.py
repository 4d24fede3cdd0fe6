"""Who works the lender's cases at an agency, and with which certificate."""

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from collection_ops.core.models import User
from collection_ops.core.services import audit
from vendors.agencies.refusals import AgencyRefused
from vendors.agencies.register import locked
from vendors.models import Agency, AgencyPerson


@dataclass(frozen=True)
class Certificate:
    """Of a training; no date is none."""

    number: str = ""
    certified_on: date | None = None
    until: date | None = None


def record_person(
    *, agency: Agency, employee_no: str, name: str, started_on: date, certificate: Certificate, actor: User, day: date
) -> AgencyPerson:
    """Somebody begins to work there. Raises AgencyRefused: the number is taken, a date cannot be."""
    employee_no, name = employee_no.strip(), name.strip()
    if not employee_no:
        raise AgencyRefused(_("请填写工号"), "employee_no")
    if not name:
        raise AgencyRefused(_("请填写姓名"), "name")
    _checked(certificate, day)
    with transaction.atomic():
        row = locked(agency)
        if AgencyPerson.objects.filter(agency=row, employee_no=employee_no).exists():
            raise AgencyRefused(_("该工号已登记；更新证书请在人员名单中办理"), "employee_no")
        person = AgencyPerson.objects.create(
            agency=row,
            employee_no=employee_no,
            name=name,
            started_on=started_on,
            certificate_no=certificate.number.strip(),
            certified_on=certificate.certified_on,
            certificate_until=certificate.until,
        )
        _record("agency.person", person, actor, {"started_on": started_on.isoformat()})
    return person


def renew_certificate(*, person: AgencyPerson, certificate: Certificate, actor: User, day: date) -> AgencyPerson:
    """Another certificate instead of the one on file. Raises AgencyRefused."""
    if certificate.certified_on is None:
        raise AgencyRefused(_("请填写取得日期"), "certified_on")
    _checked(certificate, day)
    with transaction.atomic():
        locked(person.agency)
        row = AgencyPerson.objects.select_for_update().get(pk=person.pk)
        if row.left_on is not None:
            raise AgencyRefused(_("该人员已离岗，不再登记证书"))
        before = {"certified_on": _iso(row.certified_on), "until": _iso(row.certificate_until)}
        row.certificate_no = certificate.number.strip()
        row.certified_on, row.certificate_until = certificate.certified_on, certificate.until
        row.save(update_fields=["certificate_no", "certified_on", "certificate_until"])
        after = {"certified_on": _iso(row.certified_on), "until": _iso(row.certificate_until)}
        _record("agency.certificate", row, actor, {"from": before, "to": after})
    return row


def person_left(*, person: AgencyPerson, left_on: date, actor: User, day: date) -> AgencyPerson:
    """`left_on` is the last day there. Raises AgencyRefused."""
    with transaction.atomic():
        locked(person.agency, leaving_too=True)
        row = AgencyPerson.objects.select_for_update().get(pk=person.pk)
        if row.left_on is not None:
            raise AgencyRefused(_("该人员已登记离岗"), "left_on")
        if left_on < row.started_on:
            raise AgencyRefused(_("离岗日期不能早于上岗日期"), "left_on")
        if left_on > day:
            raise AgencyRefused(_("离岗日期不能晚于今天"), "left_on")
        row.left_on = left_on
        row.save(update_fields=["left_on"])
        _record("agency.person_left", row, actor, {"left_on": left_on.isoformat()})
    return row


def _checked(certificate: Certificate, day: date) -> None:
    if certificate.certified_on is None and (certificate.number.strip() or certificate.until is not None):
        raise AgencyRefused(_("登记证书须填写取得日期"), "certified_on")
    if certificate.certified_on is not None and certificate.certified_on > day:
        raise AgencyRefused(_("取得日期不能晚于今天"), "certified_on")
    if certificate.until is not None and certificate.until < (certificate.certified_on or certificate.until):
        raise AgencyRefused(_("证书有效期至不能早于取得日期"), "certificate_until")


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None


def _record(action: str, person: AgencyPerson, actor: User, data: dict[str, object]) -> None:
    """By number: the name is personal and stands in the register."""
    audit.record(action=action, actor=actor, obj=person.agency, data={"person": person.pk, **data})
