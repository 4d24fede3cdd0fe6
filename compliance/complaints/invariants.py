"""What must always be true of complaints. Registered with the kernel's list."""

from django.db.models import Exists, F, OuterRef
from django.utils.translation import gettext_lazy as _

from collection_ops.core.invariants import Rows, invariant
from compliance.models import OPEN_STATES, Complaint, ComplaintRound


@invariant("I35", _("未办结的投诉有且只有一个进行中的办理轮次，期限与投诉一致"))
def clocks_run() -> Rows:
    """The desk is ordered by the copy on the complaint, people are told by the round."""
    running = ComplaintRound.objects.filter(
        complaint=OuterRef("pk"), closed_at__isnull=True, number=OuterRef("round"), due_on=OuterRef("due_on"),
        complexity=OuterRef("complexity"),
    )  # fmt: skip
    stopped = Complaint.objects.filter(~Exists(running), state__in=OPEN_STATES)
    found = [{"complaint": pk} for pk in stopped.values_list("pk", flat=True)[:100]]
    still = ComplaintRound.objects.filter(complaint__state="closed", closed_at__isnull=True)
    return found + [{"round": pk} for pk in still.values_list("pk", flat=True)[:100]]


@invariant("I35b", _("投诉、案件与停催属于同一客户"))
def one_person() -> Rows:
    known = Complaint.objects.filter(debtor__isnull=False)
    strays = known.filter(case__isnull=False).exclude(case__loan__debtor=F("debtor"))
    held = Complaint.objects.filter(hold__isnull=False).exclude(hold__debtor=F("debtor"))
    return [{"complaint": pk} for pk in strays.union(held).values_list("pk", flat=True)[:100]]
