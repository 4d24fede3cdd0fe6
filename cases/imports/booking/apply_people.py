"""Debtors, loans and contact points of a run.

Rows are always sought within their run: the planner joins whole sets here, and the set must not be the rows of all runs.

Two loans belong to one debtor only when type and number of the ID agree. A debtor without an ID belongs to one loan; when a
later file brings the ID, the debtor gets it, or, where a debtor with this ID exists, the loan moves to that one.
What is overwritten is kept in ImportChange, before and after.
"""

from collections import Counter
from typing import Any

from django.db.backends.utils import CursorWrapper

Values = dict[str, Any]


def write(cursor: CursorWrapper, values: Values, *, rows: Counter[str]) -> dict[str, int]:
    """Needs `import_staged` with its ids drawn, and its `rows` by difference: what no row asks for is not looked for.
    Returns rows written by table."""
    in_book = rows.total() - rows["new"]
    if in_book:
        _give_ids_to_debtors_without(cursor, values)
    debtors = _insert_debtors_with_id(cursor, values)
    debtors += _assign_debtors(cursor, values)
    renamed = _rename_debtors(cursor, values)
    loans = _insert_loans(cursor, values)
    changed = _change_loans(cursor, values) if in_book else 0
    contacts = _insert_contact_points(cursor, values, mostly_known=in_book > rows["new"])
    return {
        "debtors": debtors,
        "debtors_changed": renamed,
        "loans": loans,
        "loans_changed": changed,
        "contact_points": contacts,
    }


def _give_ids_to_debtors_without(cursor: CursorWrapper, values: Values) -> None:
    cursor.execute("DROP TABLE IF EXISTS pg_temp.import_found_id")
    cursor.execute("""
        CREATE TEMP TABLE import_found_id ON COMMIT DROP AS
        SELECT DISTINCT ON (s.id_type, s.id_index) s.book_debtor_id AS debtor_id, s.row_id
        FROM import_staged s
        LEFT JOIN cases_debtor d ON d.id_index = s.id_index AND d.id_type = s.id_type AND d.id_index <> ''
        WHERE s.book_debtor_id IS NOT NULL AND s.book_id_index = '' AND s.id_index <> '' AND d.id IS NULL
        ORDER BY s.id_type, s.id_index, s.row_id
    """)
    if cursor.rowcount == 0:
        return
    cursor.execute(
        """
        INSERT INTO cases_importchange (run_id, "table", object_id, before, after)
        SELECT %(run)s, 'debtor', d.id,
               jsonb_build_object('id_type', d.id_type, 'id_no', d.id_no, 'id_index', d.id_index,
                                  'id_last4', d.id_last4),
               jsonb_build_object('id_type', r.id_type, 'id_no', r.id_no, 'id_index', r.id_index,
                                  'id_last4', r.id_last4)
        FROM import_found_id f
        JOIN cases_debtor d ON d.id = f.debtor_id
        JOIN cases_importrow r ON r.id = f.row_id AND r.run_id = %(run)s
        """,
        values,
    )
    cursor.execute(
        """
        UPDATE cases_debtor d
        SET id_type = r.id_type, id_no = r.id_no, id_index = r.id_index, id_last4 = r.id_last4
        FROM import_found_id f JOIN cases_importrow r ON r.id = f.row_id AND r.run_id = %(run)s
        WHERE d.id = f.debtor_id
        """,
        values,
    )


def _insert_debtors_with_id(cursor: CursorWrapper, values: Values) -> int:
    # Who is there is hashed before the first row goes in (plan_for_sets): an insert that asks the growing table itself
    # would be quadratic (perf section 2). Sorted by the largest index of the table, which then grows at its end.
    cursor.execute(
        """
        INSERT INTO cases_debtor (name, id_type, id_no, id_index, id_last4, created_by_run_id, created_at)
        SELECT DISTINCT ON (r.id_index, r.id_type) r.debtor_name, r.id_type, r.id_no, r.id_index, r.id_last4, %(run)s,
               %(now)s
        FROM import_staged s
        JOIN cases_importrow r ON r.id = s.row_id AND r.run_id = %(run)s
        LEFT JOIN cases_debtor d ON d.id_index = s.id_index AND d.id_type = s.id_type AND d.id_index <> ''
        WHERE s.id_index <> '' AND d.id IS NULL AND (s.book_debtor_id IS NULL OR s.book_id_index = '')
        ORDER BY r.id_index, r.id_type, r.id
        """,
        values,
    )
    return cursor.rowcount


def _assign_debtors(cursor: CursorWrapper, values: Values) -> int:
    """`import_owner`: every row its debtor, by ID, else the loan's, else a new one of its own. Returns how many it made."""
    cursor.execute("DROP TABLE IF EXISTS pg_temp.import_owner")
    cursor.execute("""
        CREATE TEMP TABLE import_owner ON COMMIT DROP AS
        SELECT s.row_id, coalesce(d.id, s.book_debtor_id, nextval('cases_debtor_id_seq')) AS debtor_id
        FROM import_staged s
        LEFT JOIN cases_debtor d
            ON d.id_index = CASE WHEN s.book_debtor_id IS NULL OR s.book_id_index = '' THEN nullif(s.id_index, '') END
           AND d.id_type = s.id_type
    """)
    cursor.execute("ANALYZE import_owner")
    cursor.execute(
        """
        INSERT INTO cases_debtor (id, name, id_type, id_no, id_index, id_last4, created_by_run_id, created_at)
        SELECT o.debtor_id, r.debtor_name, r.id_type, r.id_no, '', r.id_last4, %(run)s, %(now)s
        FROM import_staged s
        JOIN import_owner o ON o.row_id = s.row_id
        JOIN cases_importrow r ON r.id = s.row_id AND r.run_id = %(run)s
        WHERE s.book_debtor_id IS NULL AND s.id_index = ''
        ORDER BY s.row_id
        """,
        values,
    )
    return cursor.rowcount


def _rename_debtors(cursor: CursorWrapper, values: Values) -> int:
    """A debtor whose name no row of the file bears any more takes the name of the first row. Rows whose ID is another
    person's do not count."""
    cursor.execute("DROP TABLE IF EXISTS pg_temp.import_renamed")
    cursor.execute(
        """
        CREATE TEMP TABLE import_renamed ON COMMIT DROP AS
        SELECT d.id AS debtor_id, d.name AS old_name, (array_agg(s.debtor_name ORDER BY s.row_id))[1] AS new_name
        FROM import_staged s JOIN import_owner o ON o.row_id = s.row_id JOIN cases_debtor d ON d.id = o.debtor_id
        WHERE s.debtor_name <> '' AND d.created_by_run_id IS DISTINCT FROM %(run)s
          AND (s.id_index = '' OR s.id_index = d.id_index)
        GROUP BY d.id, d.name
        HAVING NOT bool_or(s.debtor_name = d.name)
        """,
        values,
    )
    if cursor.rowcount == 0:
        return 0
    cursor.execute(
        """
        INSERT INTO cases_importchange (run_id, "table", object_id, before, after)
        SELECT %(run)s, 'debtor', debtor_id, jsonb_build_object('name', old_name), jsonb_build_object('name', new_name)
        FROM import_renamed
        ON CONFLICT (run_id, "table", object_id) DO UPDATE
        SET before = cases_importchange.before || EXCLUDED.before, after = cases_importchange.after || EXCLUDED.after
        """,
        values,
    )
    cursor.execute("UPDATE cases_debtor d SET name = n.new_name FROM import_renamed n WHERE d.id = n.debtor_id")
    return cursor.rowcount


def _insert_loans(cursor: CursorWrapper, values: Values) -> int:
    cursor.execute(
        """
        INSERT INTO cases_loan (id, source_id, contract_no, debtor_id, product, region, credit_limit, disbursed_on,
                                created_by_run_id, created_at)
        SELECT s.loan_id, %(source)s, s.contract_no, o.debtor_id, s.product, s.region, s.credit_limit, s.disbursed_on,
               %(run)s, %(now)s
        FROM import_staged s JOIN import_owner o ON o.row_id = s.row_id
        WHERE s.difference = 'new'
        """,
        values,
    )
    return cursor.rowcount


def _change_loans(cursor: CursorWrapper, values: Values) -> int:
    """What the file says differently. What it does not say (empty, no such column) stays as it is."""
    cursor.execute("DROP TABLE IF EXISTS pg_temp.import_loan_change")
    cursor.execute("""
        CREATE TEMP TABLE import_loan_change ON COMMIT DROP AS
        SELECT l.id AS loan_id, jsonb_object_agg(v.key, v.old) AS before, jsonb_object_agg(v.key, v.new) AS after
        FROM import_staged s
        JOIN import_owner o ON o.row_id = s.row_id
        JOIN cases_loan l ON l.id = s.loan_id
        CROSS JOIN LATERAL (VALUES
            ('product', to_jsonb(l.product), CASE WHEN s.product <> '' THEN to_jsonb(s.product) END),
            ('region', to_jsonb(l.region), CASE WHEN s.region <> '' THEN to_jsonb(s.region) END),
            ('credit_limit', to_jsonb(l.credit_limit::text), to_jsonb(s.credit_limit::text)),  -- no float on its way
            ('disbursed_on', to_jsonb(l.disbursed_on), to_jsonb(s.disbursed_on)),
            ('debtor', to_jsonb(l.debtor_id), to_jsonb(o.debtor_id))
        ) AS v (key, old, new)
        WHERE s.difference <> 'new' AND v.new IS NOT NULL AND v.new IS DISTINCT FROM v.old
          -- Most rows say nothing new: leave them before the pairs are made.
          AND ((s.product <> '' AND s.product <> l.product) OR (s.region <> '' AND s.region <> l.region)
               OR (s.credit_limit IS NOT NULL AND s.credit_limit IS DISTINCT FROM l.credit_limit)
               OR (s.disbursed_on IS NOT NULL AND s.disbursed_on IS DISTINCT FROM l.disbursed_on)
               OR o.debtor_id <> l.debtor_id)
        GROUP BY l.id
    """)
    if cursor.rowcount == 0:
        return 0
    cursor.execute(
        """
        INSERT INTO cases_importchange (run_id, "table", object_id, before, after)
        SELECT %(run)s, 'loan', loan_id, before, after FROM import_loan_change
        """,
        values,
    )
    cursor.execute("""
        UPDATE cases_loan l
        SET product = coalesce(c.after ->> 'product', l.product),
            region = coalesce(c.after ->> 'region', l.region),
            credit_limit = coalesce((c.after ->> 'credit_limit')::numeric, l.credit_limit),
            disbursed_on = coalesce((c.after ->> 'disbursed_on')::date, l.disbursed_on),
            debtor_id = coalesce((c.after ->> 'debtor')::bigint, l.debtor_id)
        FROM import_loan_change c WHERE l.id = c.loan_id
    """)
    changed = cursor.rowcount
    _take_holds_along(cursor, values)
    return changed


def _take_holds_along(cursor: CursorWrapper, values: Values) -> None:
    """Where a contract moved to another debtor (one person, as we now know), what protected the person goes with it: a copy
    of every hold that is not over, unless that debtor has one of its type then, and the dispute about the contract itself.
    """
    cursor.execute(
        """
        INSERT INTO cases_hold (debtor_id, type, since, ends_at, proven, proof, reason, accused_id, accused_org,
                                accused_channel, placed_by_id, placed_at, lift_reason)
        SELECT DISTINCT ON (c.after ->> 'debtor', h.type, h.since, h.accused_id, h.accused_org, h.accused_channel)
               (c.after ->> 'debtor')::bigint, h.type, h.since, h.ends_at, h.proven, h.proof, h.reason, h.accused_id,
               h.accused_org, h.accused_channel, h.placed_by_id, h.placed_at, ''
        FROM import_loan_change c
        JOIN cases_hold h ON h.debtor_id = (c.before ->> 'debtor')::bigint AND h.type <> 'dispute'
        WHERE c.after ? 'debtor' AND (h.ends_at IS NULL OR h.ends_at > %(now)s)
        ORDER BY c.after ->> 'debtor', h.type, h.since, h.accused_id, h.accused_org, h.accused_channel, h.id
        ON CONFLICT DO NOTHING
        """,
        values,
    )
    cursor.execute("""
        UPDATE cases_hold h SET debtor_id = (c.after ->> 'debtor')::bigint
        FROM import_loan_change c WHERE c.after ? 'debtor' AND h.loan_id = c.loan_id
    """)


_ROWS_WITH_POINTS = "SELECT row_id, debtor_id FROM import_owner"
_ROWS_WITH_NEW_POINTS = """
    SELECT DISTINCT n.row_id, n.debtor_id
    FROM (
        SELECT o.row_id, o.debtor_id, unnest(s.point_indexes) AS value_index
        FROM import_staged s JOIN import_owner o ON o.row_id = s.row_id
    ) n
    LEFT JOIN cases_contactpoint p ON p.debtor_id = n.debtor_id AND p.value_index = n.value_index
    WHERE p.id IS NULL
"""


def _insert_contact_points(cursor: CursorWrapper, values: Values, *, mostly_known: bool) -> int:
    """New ones only: what people found out about a number (valid, dead, refused) is never overwritten by a file.

    Where the book knows most of the people, rows without anything new are found by their indexes first, so that their
    documents need not be opened. What goes in lies in the order of the index on debtor, kind and value."""
    cursor.execute(
        f"""
        INSERT INTO cases_contactpoint (debtor_id, kind, value, value_index, masked, relation, holder_name, status,
                                        origin, created_by_run_id, created_at)
        SELECT DISTINCT ON (s.debtor_id, c.kind, c.index)
               s.debtor_id, c.kind, c.value, c.index, c.masked, coalesce(c.relation, ''), coalesce(c.holder, ''),
               'unverified', 'import', %(run)s, %(now)s
        FROM ({_ROWS_WITH_NEW_POINTS if mostly_known else _ROWS_WITH_POINTS}) s
        JOIN cases_importrow r ON r.id = s.row_id AND r.run_id = %(run)s
        CROSS JOIN LATERAL ROWS FROM (
            jsonb_to_recordset(r.contacts) AS (kind text, value text, masked text, relation text, holder text),
            unnest(r.point_indexes)
        ) AS c (kind, value, masked, relation, holder, index)
        LEFT JOIN cases_contactpoint p
            ON p.debtor_id = s.debtor_id AND p.kind = c.kind AND p.value_index = c.index
        WHERE p.id IS NULL
        -- The person's own before a third person's: a shared number is first of all the debtor's.
        ORDER BY s.debtor_id, c.kind, c.index, c.relation <> '', s.row_id
        """,  # noqa: S608  one of two constants of ours
        values,
    )
    return cursor.rowcount
