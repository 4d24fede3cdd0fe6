"""Registering an agency, its master data, and whether it works for the lender: applying → active ⇄ stopped.

How it leaves stands in leaving.py.
"""

import hashlib
import re
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.models import Case, Desk, DeskKind
from collection_ops.core.models import User
from collection_ops.core.services import audit
from collection_ops.core.wording import sentences
from vendors.agencies.credit_code import is_credit_code
from vendors.agencies.gather import standing_on
from vendors.agencies.refusals import AgencyRefused
from vendors.models import Agency, AgencyState, Rectification

VIEW, EDIT, JUDGE = "agencies.view", "agencies.edit", "agencies.judge"
_CODE = re.compile(r"[a-z0-9][a-z0-9-]{1,31}")
_TELEPHONE = re.compile(r"\+?[0-9][0-9 ()/-]{4,30}")


@dataclass(frozen=True)
class Master:
    """Who the agency is. `hotline` and `website` are shown to the public; the contact person is not."""

    name: str
    group: str = ""
    credit_code: str = ""
    hotline: str = ""
    website: str = ""
    address: str = ""
    contact_name: str = ""
    contact_phone: str = ""
    contact_email: str = ""


MASTER = tuple(one.name for one in fields(Master))


def master_of(agency: Agency) -> Master:
    return Master(**{name: getattr(agency, name) for name in MASTER})


def mark_of(agency: Agency) -> str:
    """Changes with the master data: a form that was opened before somebody else saved is told so."""
    return hashlib.sha256(repr(asdict(master_of(agency))).encode()).hexdigest()[:16]


def locked(agency: Agency, *, leaving_too: bool = False) -> Agency:
    """The row as it is now, locked to the end of the transaction. Raises AgencyRefused for an agency that has left, and,
    unless `leaving_too`, for one that is leaving."""
    row = Agency.objects.select_for_update(of=("self",)).select_related("desk").get(pk=agency.pk)
    if row.state == AgencyState.EXITED:
        raise AgencyRefused(_("该机构已退出，资料只供查阅；如需再次合作，请重新登记"))
    if row.state == AgencyState.EXITING and not leaving_too:
        raise AgencyRefused(_("该机构正在退出，只能办理退出事项"))
    return row


def register_agency(*, master: Master, actor: User, now: datetime, code: str = "", desk: Desk | None = None) -> Agency:
    """A new agency, with a desk of its own under `code`, or on `desk`, an agency's desk that belongs to none yet. Raises
    AgencyRefused."""
    if (desk is None) == (not code.strip()):
        raise AgencyRefused(_("请填写新席位的代码，或选择一个已有的委外席位，二者择一"), "code")
    with transaction.atomic():
        given = _checked(master, None)
        place = _new_desk(code.strip(), given.name) if desk is None else _free_desk(desk)
        agency = Agency.objects.create(desk=place, created_at=now, **asdict(given))
        data = {"desk": place.code, "new_desk": desk is None, "filled": _filled(given)}
        audit.record(action="agency.registered", actor=actor, obj=agency, data=data)
    return agency


def change_master(*, agency: Agency, master: Master, based_on: str, actor: User) -> Agency:
    """`based_on`: `mark_of` the agency that the person saw. Raises AgencyRefused."""
    with transaction.atomic():
        row = locked(agency)
        if based_on != mark_of(row):
            raise AgencyRefused(_("资料刚被他人修改。请核对现在的内容，再保存一次"))
        given, before = _checked(master, row), asdict(master_of(row))
        changed = [name for name in MASTER if before[name] != getattr(given, name)]
        if not changed:
            return row
        if row.published_on is not None and not given.hotline:
            raise AgencyRefused(_("机构已对外公示，公示电话不能为空；先撤下公示"), "hotline")
        if row.desk.name == row.name and "name" in changed:
            row.desk.name = given.name
            row.desk.save(update_fields=["name"])
        for name in changed:
            setattr(row, name, getattr(given, name))
        row.save(update_fields=changed)
        audit.record(action="agency.changed", actor=actor, obj=row, data={"fields": changed})
    return row


def _checked(master: Master, agency: Agency | None) -> Master:
    given = Master(**{name: value.strip() for name, value in asdict(master).items()})
    others = Agency.objects.all() if agency is None else Agency.objects.exclude(pk=agency.pk)
    if not given.name:
        raise AgencyRefused(_("请填写机构名称"), "name")
    if others.filter(name=given.name).exists():
        raise AgencyRefused(_("已有同名的机构，请核对是否重复登记"), "name")
    code = given.credit_code.upper()
    if code and not is_credit_code(code):
        raise AgencyRefused(_("统一社会信用代码应为 18 位，且校验位不符；请对照营业执照核对"), "credit_code")
    if code and others.filter(credit_code=code).exists():
        raise AgencyRefused(_("这个统一社会信用代码已登记在另一机构名下"), "credit_code")
    for field in ("hotline", "contact_phone"):
        number = getattr(given, field)
        if number and not _TELEPHONE.fullmatch(number):
            raise AgencyRefused(_("电话只能含数字、空格、连字符和括号，例如 010-6555 0101"), field)
    return Master(**{**asdict(given), "credit_code": code})


def _filled(master: Master) -> list[str]:
    return [name for name, value in asdict(master).items() if value]


def _new_desk(code: str, name: str) -> Desk:
    """Closed until the agency is active: nothing can be moved there before."""
    if not _CODE.fullmatch(code):
        raise AgencyRefused(_("代码用小写字母、数字和连字符，2 至 32 位"), "code")
    if Desk.objects.filter(code=code).exists():
        raise AgencyRefused(_("代码已被使用，请换一个；如为已有的委外席位，请从列表中选择"), "code")
    return Desk.objects.create(code=code, name=name, kind=DeskKind.AGENCY, is_active=False)


def _free_desk(desk: Desk) -> Desk:
    row = Desk.objects.select_for_update(of=("self",)).get(pk=desk.pk)
    if row.kind != DeskKind.AGENCY:
        raise AgencyRefused(_("只能选择委外席位"), "desk")
    if Agency.objects.filter(desk=row).exists():
        raise AgencyRefused(_("该席位已属于另一机构"), "desk")
    row.is_active = False
    row.save(update_fields=["is_active"])
    return row


# The white list and the public page ---------------------------------------------------------------------------------


def set_listing(
    *, agency: Agency, listed_on: date | None, published_on: date | None, reason: str, actor: User
) -> Agency:
    """Put the agency on the white list and before the public, each from a day on, or take it off again (CN-A-01). Taking off
    needs a reason. Raises AgencyRefused."""
    with transaction.atomic():
        row = locked(agency)
        if published_on is not None and not row.hotline:
            raise AgencyRefused(_("公示须有联系电话；请先在机构资料中填写公示电话"), "published_on")
        if published_on is not None and listed_on is None:
            raise AgencyRefused(_("未列入名单的机构不能公示；请填写列入名单的日期"), "listed_on")
        new = {"listed_on": listed_on, "published_on": published_on}
        before = {name: getattr(row, name) for name in new}
        if new == before:
            return row
        if not reason.strip() and any(before[name] is not None and new[name] != before[name] for name in new):
            raise AgencyRefused(_("请写明移出、撤下或改期的原因"), "reason")
        row.listed_on, row.published_on = listed_on, published_on
        row.save(update_fields=["listed_on", "published_on"])
        data = {"from": {k: _iso(v) for k, v in before.items()}, "to": {k: _iso(v) for k, v in new.items()}}
        audit.record(action="agency.listing", actor=actor, obj=row, data=data, reason=reason)
    return row


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None


# Whether it works for us --------------------------------------------------------------------------------------------


def activate(*, agency: Agency, actor: User, day: date) -> Agency:
    """From admission to work, by somebody who judges agencies. Raises AgencyRefused with all obstacles of the day."""
    return _start(agency, AgencyState.APPLYING, "agency.activated", actor, day, "")


def resume(*, agency: Agency, reason: str, actor: User, day: date) -> Agency:
    """Cases may be placed again. Raises AgencyRefused with all obstacles of the day."""
    if not reason.strip():
        raise AgencyRefused(_("请写明恢复委案的原因"), "reason")
    return _start(agency, AgencyState.STOPPED, "agency.resumed", actor, day, reason)


def _start(agency: Agency, state: AgencyState, action: str, actor: User, day: date, reason: str) -> Agency:
    with transaction.atomic():
        row = locked(agency)
        if row.state != state:
            raise AgencyRefused(_("机构现在的状态为“%(state)s”，请刷新后再办理") % {"state": row.get_state_display()})
        obstacles = standing_on(row, day).besides_state
        if obstacles:
            raise AgencyRefused(
                ngettext(
                    "还有 %(number)s 项不满足，办妥后再启用：%(what)s",
                    "还有 %(number)s 项不满足，办妥后再启用：%(what)s",
                    len(obstacles),
                )
                % {"number": len(obstacles), "what": sentences(one.sentence for one in obstacles)},
                obstacles=obstacles,
            )
        _change_state(row, AgencyState.ACTIVE)
        audit.record(action=action, actor=actor, obj=row, data={"day": day.isoformat()}, reason=reason)
    return row


def stop(*, agency: Agency, reason: str, actor: User) -> Agency:
    """No further cases; those it has stay until they are recalled. Raises AgencyRefused."""
    if not reason.strip():
        raise AgencyRefused(_("请写明停止委案的原因"), "reason")
    with transaction.atomic():
        row = locked(agency)
        if row.state != AgencyState.ACTIVE:
            raise AgencyRefused(_("机构现在的状态为“%(state)s”，请刷新后再办理") % {"state": row.get_state_display()})
        _change_state(row, AgencyState.STOPPED)
        audit.record(action="agency.stopped", actor=actor, obj=row, reason=reason)
    return row


def _change_state(row: Agency, state: AgencyState) -> None:
    row.state = state
    row.save(update_fields=["state"])
    set_desk(row)


def set_desk(row: Agency) -> None:
    """Open while the agency works and no rectification has stopped placements. The desk says it to whoever moves cases by
    hand and does not know of agencies: onto a closed one nothing is moved. The agency's row is locked."""
    stopped = Rectification.objects.filter(agency=row, stopped_on__isnull=False, lifted_on__isnull=True).exists()
    row.desk.is_active = row.state == AgencyState.ACTIVE and not stopped
    row.desk.save(update_fields=["is_active"])


def cases_held(agency: Agency) -> int:
    """Open cases on its desk now."""
    return Case.objects.open().filter(desk=agency.desk_id).count()
