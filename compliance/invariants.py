"""What must always be true of the contact log. Registered with the kernel's list."""

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from collection_ops.core.invariants import Rows, invariant
from compliance.models import STANDING, Breach, BreachCase, ContactAttempt, GateDecision
from compliance.rulebook import active_changes, packs
from compliance.rules.versions import unusable


@invariant("I14", _("每次经判定的联系都引用一个允许的判定，每个允许的判定都有联系"))
def contacts_were_allowed() -> Rows:
    strays = ContactAttempt.objects.filter(gate__verdict="block") | ContactAttempt.objects.exclude(gate=None).exclude(
        gate__debtor=F("debtor")
    )
    found = [{"attempt": pk} for pk in strays.values_list("pk", flat=True)[:100]]
    unused = GateDecision.objects.exclude(verdict="block").filter(attempt=None)
    return found + [{"decision": pk} for pk in unused.values_list("pk", flat=True)[:100]]


@invariant("I14b", _("催记、判定与号码属于同一客户"))
def contacts_are_about_one_person() -> Rows:
    strays = ContactAttempt.objects.filter(~Q(point__debtor=F("debtor")), point__isnull=False)
    return [{"attempt": pk} for pk in strays.values_list("pk", flat=True)[:100]]


@invariant("I14c", _("已生效的规则变更都能用于随产品发布的规则包"))
def changes_of_rules_apply() -> Rows:
    return [{"pack": change.pack, "rule": change.rule} for change in unusable(packs(), active_changes())]


@invariant("I14d", _("每条违规都在违规登记中，撤销的登记对应已撤销的违规"))
def breaches_are_in_the_register() -> Rows:
    strays = [{"breach": pk} for pk in Breach.objects.filter(register=None).values_list("pk", flat=True)[:100]]
    apart = BreachCase.objects.filter(
        Q(state="withdrawn", breach__state="open") | Q(state__in=STANDING, breach__state="withdrawn")
    )
    return strays + [{"case": pk} for pk in apart.values_list("pk", flat=True)[:100]]
