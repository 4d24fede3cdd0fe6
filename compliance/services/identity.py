"""Making sure who is on the line, before a word about a debt (rule CN-I-03)."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from collection_ops.core.models import User
from collection_ops.core.services import audit
from compliance.models import AttemptState, ContactAttempt, ContactDetail
from compliance.models.detail import FACTORS_NEEDED, IdentityFactor
from compliance.services.call_details import LogRefused
from compliance.services.log import hold_attempt


def confirm_identity(
    *, attempt: ContactAttempt, factors: Iterable[str], actor: User | None, now: datetime
) -> ContactDetail:
    """The person on the line gave `factors` of their own when asked, and they were right: amounts may be shown and spoken
    of. Confirmed once, more factors change nothing.

    Raises LogRefused: fewer than two, a third person's number, a contact that is over.
    """
    given = [factor for factor in IdentityFactor.values if factor in set(factors)]
    with transaction.atomic():
        locked = hold_attempt(attempt)
        if locked.state != AttemptState.OPEN:
            raise LogRefused(_("这次联系已经结束，不能再核实身份"))
        if locked.is_with_third:
            raise LogRefused(_("这是联系人的号码，不核实身份，也不谈欠款"))
        detail, _made = ContactDetail.objects.get_or_create(attempt=locked)
        if detail.identity_confirmed_at is not None:
            return detail
        if len(given) < FACTORS_NEEDED:
            raise LogRefused(
                _("请询问并核对至少 %(count)s 项，由对方说出，不要念给对方听") % {"count": FACTORS_NEEDED},
                field="factors",
            )
        detail.identity_factors, detail.identity_confirmed_at = given, now
        detail.save(update_fields=["identity_factors", "identity_confirmed_at"])
        audit.record(
            action="contact.identity_confirmed",
            actor=actor,
            obj=locked.case,
            data={"attempt": locked.pk, "factors": given},
        )
    return detail
