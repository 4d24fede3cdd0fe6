"""Departments and who answers for them. Nobody's work is lost when they leave one."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from collection_ops.core.models import User
from collection_ops.core.seeding import seeder
from collection_ops.core.services import audit
from compliance.models import WAITING_STATES, Department, DepartmentMember, Referral, ReferralState, ReferralStep
from compliance.models.referral import ReferralQuerySet
from compliance.routing.refusals import ReferralRefused

SHIPPED = (
    ("credit", "贷款审批"),
    ("service", "客户服务"),
    ("legal", "法务"),
    ("finance", "财务"),
    ("it", "信息技术"),
)


@seeder("compliance.departments")
def seed_departments() -> str:
    """Only into an empty table: what people renamed or closed is not brought back."""
    if Department.objects.exists():
        return "departments kept"
    made = Department.objects.bulk_create(Department(code=code, name=name) for code, name in SHIPPED)
    return f"{len(made)} departments added"


def save_department(
    *,
    department: Department | None,
    code: str,
    name: str,
    answer_days: int | None,
    is_active: bool,
    actor: User,
) -> Department:
    """A new department (None), or what is said of one. Raises ReferralRefused: the code is taken."""
    row = department or Department()
    row.code, row.name, row.answer_days, row.is_active = code.strip(), name.strip(), answer_days, is_active
    try:
        with transaction.atomic():
            row.save()
            audit.record(
                action="department.saved",
                actor=actor,
                obj=row,
                data={"code": row.code, "days": answer_days, "active": is_active},
            )
    except IntegrityError as taken:
        if "department_code_once" not in str(taken):
            raise
        raise ReferralRefused(_("代码“%(code)s”已有部门使用") % {"code": row.code}, "code") from taken
    return row


def add_member(*, department: Department, user: User, actor: User) -> DepartmentMember:
    """Raises ReferralRefused: an account that is not in force. One who is a member stays one."""
    if not user.is_active:
        raise ReferralRefused(_("%(who)s 的账号已停用") % {"who": user}, "user")
    with transaction.atomic():
        place, is_new = DepartmentMember.objects.get_or_create(department=department, user=user)
        if is_new:
            audit.record(action="department.member_added", actor=actor, obj=department, data={"user": user.pk})
    return place


def remove_member(*, department: Department, user: User, actor: User, now: datetime) -> int:
    """What they had taken goes back to the whole department; how many. Raises ReferralRefused: the last one who can answer,
    while questions wait."""
    with transaction.atomic():
        Department.objects.select_for_update().get(pk=department.pk)
        others = DepartmentMember.objects.filter(department=department, user__is_active=True).exclude(user=user)
        waiting = Referral.objects.filter(department=department, state__in=WAITING_STATES)
        if not others.exists() and (count := waiting.count()):
            raise ReferralRefused(
                _("%(name)s 还有 %(n)d 件待答复的转办，请先增加另一位成员") % {"name": department, "n": count}, "user"
            )
        removed, _rows = DepartmentMember.objects.filter(department=department, user=user).delete()
        if not removed:
            return 0
        freed = give_to_all(waiting.filter(owner=user), now=now)
        data = {"user": user.pk, "freed": freed}
        audit.record(action="department.member_removed", actor=actor, obj=department, data=data)
    return freed


def make_lead(*, department: Department, user: User, actor: User) -> None:
    """Raises ReferralRefused: not a member."""
    with transaction.atomic():
        Department.objects.select_for_update().get(pk=department.pk)
        places = DepartmentMember.objects.filter(department=department)
        if not places.filter(user=user).exists():
            raise ReferralRefused(_("%(who)s 不是本部门成员") % {"who": user}, "user")
        places.filter(is_lead=True).exclude(user=user).update(is_lead=False)
        places.filter(user=user).update(is_lead=True)
        audit.record(action="department.lead", actor=actor, obj=department, data={"user": user.pk})


def give_to_all(referrals: ReferralQuerySet, *, now: datetime) -> int:
    """Referrals whose owner cannot answer any more are everybody's of their department; how many. In a transaction."""
    rows = list(referrals.select_for_update(of=("self",), skip_locked=True).values_list("pk", "owner"))
    ids = [pk for pk, _owner in rows]
    Referral.objects.filter(pk__in=ids).update(owner=None, state=ReferralState.OPEN, reminded=0)
    ReferralStep.objects.bulk_create(
        ReferralStep(referral_id=pk, kind="owner_gone", at=now, data={"user": owner}) for pk, owner in rows
    )
    return len(rows)
