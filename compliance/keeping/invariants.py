"""What must always be true of removed records."""

from django.db import connection
from django.utils.translation import gettext_lazy as _

from collection_ops.core.invariants import Rows, invariant

_UNDER_HOLD = """
SELECT i.id, h.id FROM compliance_legalhold h JOIN compliance_retentionitem i ON i.debtor_id = h.debtor_id
WHERE i.removed_at >= h.placed_at AND i.removed_at < coalesce(h.lifted_at, 'infinity') LIMIT 100
"""


@invariant("I23", _("法律保全期间没有删除过该客户的记录"))
def nothing_removed_under_a_legal_hold() -> Rows:
    with connection.cursor() as cursor:
        cursor.execute(_UNDER_HOLD)
        return [{"item": item, "hold": hold} for item, hold in cursor.fetchall()]
