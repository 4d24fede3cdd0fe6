"""Versions of contracts that wait for somebody's approval."""

from django.urls import reverse
from django.utils.translation import gettext as _

from collection_ops.core.access import has
from collection_ops.core.approvals import Waiting, decisions
from collection_ops.core.models import User
from vendors.models import ContractVersion, VersionState


@decisions
def versions_to_approve(user: User) -> Waiting | None:
    """Not one's own; the link leads to the oldest."""
    if not has(user, "contracts.approve"):
        return None
    found = ContractVersion.objects.filter(state=VersionState.SUBMITTED).exclude(made_by=user).order_by("submitted_at")
    contracts = list(found.values_list("contract_id", flat=True))
    if not contracts:
        return None
    return Waiting(_("待批准的合同版本"), len(contracts), reverse("vendors:contract", args=[contracts[0]]))
