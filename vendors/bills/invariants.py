"""What must always be true of bills that were compared."""

from django.db import connection
from django.utils.translation import gettext_lazy as _

from collection_ops.core.invariants import Rows, invariant

_STRAYS = """
    SELECT b.id FROM vendors_agencybill b JOIN vendors_settlement s ON s.id = b.settlement_id
    CROSS JOIN LATERAL (SELECT coalesce(sum(m.difference), 0) AS difference
                        FROM vendors_billmatch m WHERE m.bill_id = b.id) told
    CROSS JOIN LATERAL (SELECT count(d.theirs_id) AS theirs, count(d.ours_id) AS ours
                        FROM vendors_billside d WHERE d.bill_id = b.id) sides
    WHERE told.difference <> b.total - s.total OR sides.theirs <> b.rows
       OR sides.ours <> (SELECT count(*) FROM vendors_settlementline l WHERE l.settlement_id = s.id)
    ORDER BY b.id LIMIT 100
"""


@invariant("I49b", _("机构账单核对：双方每一行各在一项，差额之和等于两边合计之差"))
def every_line_of_both_sides_is_told_once() -> Rows:
    with connection.cursor() as cursor:
        cursor.execute(_STRAYS)
        return [{"bill": pk} for (pk,) in cursor.fetchall()]
