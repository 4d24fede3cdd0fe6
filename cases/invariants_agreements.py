"""What must always be true of promises and waivers; numbers of reference/reliability section 4."""

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cases.models import PromiseMoney, Repayment, Waiver
from cases.services.promise_money import differences
from collection_ops.core.invariants import Rows, invariant


@invariant("I15", _("承诺的状态与金额等于由已确认还款重新计算的结果"))
def promises_repeat_their_money() -> Rows:
    return differences()


@invariant("I15b", _("计入承诺的还款已确认、未冲正、属于同一合同"))
def promise_money_is_money() -> Rows:
    wrong = (
        ~Q(repayment__status=Repayment.Status.CONFIRMED)
        | Q(repayment__reversal_of__isnull=False)
        | Q(repayment__reversal__isnull=False)
        | Q(repayment__loan__isnull=True)
        | ~Q(repayment__loan=F("promise__case__loan"))
        | ~Q(repayment__amount=F("amount"))
    )
    return [dict(row) for row in PromiseMoney.objects.filter(wrong).values("promise", "repayment")[:100]]


@invariant("I15c", _("减免由申请人之外的人按权限批准"))
def waivers_are_approved_by_others() -> Rows:
    """The database refuses it; this says so where a constraint was dropped."""
    approved = Waiver.objects.filter(state__in=["approved", "used"])
    alone = approved.filter(Q(first_by=F("applied_by")) | Q(second_by=F("applied_by")) | Q(first_by__isnull=True))
    short = approved.filter(needs_people=2, second_by__isnull=True)
    return [{"waiver": pk} for pk in (alone | short).order_by("pk").values_list("pk", flat=True)[:100]]
