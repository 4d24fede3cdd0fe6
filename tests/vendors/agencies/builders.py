"""Agencies for the tests: one that may be given cases, set up through the services; and facts of one."""

import datetime as dt
from dataclasses import replace
from typing import Any

from django.utils import timezone

from collection_ops.core.models import User
from vendors.agencies import judging, papers, people, register
from vendors.agencies.credit_code import check_sign
from vendors.agencies.people import Certificate
from vendors.agencies.register import Master
from vendors.agencies.standing import Agreed, Checked, Facts, Paper
from vendors.models import Agency, Contract, ContractVersion
from vendors.models.agency import DATA_AGREEMENT_FIELDS

DAY = dt.date(2026, 3, 5)
LONG_AGO = dt.date(2026, 1, 1)
SAYS = {name: f"约定{name}" for name in DATA_AGREEMENT_FIELDS}
LABELS = {name: name for name in DATA_AGREEMENT_FIELDS}


def moment(day: dt.date = DAY) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time(10, 0)))


def facts(**changed: Any) -> Facts:
    """Everything in order on DAY."""
    good = Facts(
        state="active",
        is_active=True,
        listed_on=LONG_AGO,
        published_on=LONG_AGO,
        hotline="010-65550101",
        contracts=(Agreed("HT-1", LONG_AGO, dt.date(2026, 12, 31), (LONG_AGO,)),),
        documents={
            "licence": Paper(LONG_AGO),
            "data_agreement": Paper(LONG_AGO, says=SAYS),
            "impact_assessment": Paper(LONG_AGO),
        },
        checks={
            kind: Checked(True, LONG_AGO)
            for kind in ("unlawful_record", "licence", "security", "finances", "site", "staff")
        },
        agreement_fields=LABELS,
    )
    return replace(good, **changed)


def credit_code(number: int = 1) -> str:
    body = f"91990000MA{number:07d}"
    return body + check_sign(body)


def make_agency(actor: User, *, name: str = "安和资产管理", code: str = "agency-anhe", **master: Any) -> Agency:
    """As it is after registration: applying, with nothing shown."""
    master.setdefault("hotline", "010-65550101")
    return register.register_agency(master=Master(name, **master), code=code, actor=actor, now=moment())


def agree_contract(
    agency: Agency,
    *,
    starts: dt.date = LONG_AGO,
    ends: dt.date = dt.date(2026, 12, 31),
    number: str = "",
    **version: Any,
) -> Contract:
    """A contract with an approved version (whose services are another room's)."""
    contract = Contract.objects.create(
        agency=agency, number=number or f"HT-{agency.pk}-{starts}", starts_on=starts, ends_on=ends
    )
    approver = User.objects.filter(role_grants__role="finance").first() or User.objects.order_by("pk").first()
    version.setdefault("state", "approved")
    if version["state"] == "approved":
        version |= {"approved_by": approver, "approved_at": moment(starts)}
    ContractVersion.objects.create(contract=contract, number=1, effective_from=starts, **version)
    return contract


def complete(agency: Agency, *, editor: User, judge: User, day: dt.date = LONG_AGO) -> Agency:
    """All that an agency has to show, as of `day`; still applying."""
    common: dict[str, Any] = {"agency": agency, "now": moment(day), "day": day}
    register.set_listing(agency=agency, listed_on=day, published_on=day, reason="", actor=editor)
    for kind in ("licence", "data_agreement", "impact_assessment"):
        papers.record_document(kind=kind, signed_on=day, number=f"{kind}-1", says=SAYS, actor=editor, **common)
    for kind in ("unlawful_record", "licence", "security", "finances", "site", "staff"):
        judging.record_check(kind=kind, passed=True, checked_on=day, found="查询无异常", actor=judge, **common)
    people.record_person(
        agency=agency, employee_no="E1", name="钱一", started_on=day, certificate=Certificate("PX-1", day), actor=editor,
        day=day,
    )  # fmt: skip
    agree_contract(agency, starts=day, ends=day + dt.timedelta(days=360))
    agency.refresh_from_db()
    return agency


def working_agency(editor: User, judge: User, *, day: dt.date = LONG_AGO, **named: Any) -> Agency:
    """May be given cases from `day` on, for that year."""
    agency = complete(make_agency(editor, **named), editor=editor, judge=judge, day=day)
    return register.activate(agency=agency, actor=judge, day=day)
