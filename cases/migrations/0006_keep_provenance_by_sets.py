"""What one import writes a hundred thousand times is checked a set at a time, and indexes that nobody asks go.

Foreign keys to the few runs, sources, desks and users become set-based triggers with the same promise (cases/models/keys.py);
columns of cases that change daily lose their index and get room for heap-only updates; the open custody is kept apart from
ended ones by a trigger in place of the exclusion constraint, which was asked for every new case.
"""

import cases.models.desk
import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# Columns and parents of the keys that a table keeps by sets. Not cases_importrow, whose rows are so wide that copying them
# for a trigger costs more than the insert: its runs cannot go, and invariant I16d looks.
KEPT = {
    "cases_debtor": ("created_by_run_id", "cases_importrun"),
    "cases_contactpoint": ("debtor_id", "cases_debtor", "created_by_run_id", "cases_importrun"),
    "cases_loan": ("debtor_id", "cases_debtor", "created_by_run_id", "cases_importrun", "source_id", "cases_source"),
    "cases_case": (
        "loan_id", "cases_loan", "opened_by_run_id", "cases_importrun", "closed_by_run_id", "cases_importrun",
        "last_run_id", "cases_importrun", "desk_id", "cases_desk",
    ),
    "cases_custody": ("case_id", "cases_case", "desk_id", "cases_desk", "moved_by_id", "core_user"),
    "cases_position": ("case_id", "cases_case", "run_id", "cases_importrun"),
}  # fmt: skip
# The other side: whose rows name a parent that may be deleted. Runs may not.
PARENTS = {
    "cases_debtor": ("cases_contactpoint", "debtor_id", "cases_loan", "debtor_id"),
    "cases_loan": ("cases_case", "loan_id"),
    "cases_case": ("cases_custody", "case_id", "cases_position", "case_id"),
    "cases_source": ("cases_loan", "source_id"),
    "cases_desk": ("cases_case", "desk_id", "cases_custody", "desk_id"),
    "core_user": ("cases_custody", "moved_by_id"),
}

FUNCTIONS = """
CREATE FUNCTION cases_refuse_orphans() RETURNS trigger LANGUAGE plpgsql AS $$
-- Arguments: column, parent table, column, parent table, … Holds the parents until the transaction ends, as a foreign key
-- does: a delete waits, and then finds the rows. Parents that this transaction wrote nobody else can delete yet. (In a
-- subtransaction it does not know its own rows again, and holds them: slower, and the same promise.)
DECLARE
    lowest bigint[];
    highest bigint[];
    place int;
    others boolean;
    missing bigint;
BEGIN
    -- One look for all columns: most name one run, one source or one desk in every row.
    -- EXECUTE: a plan kept from a statement of one row would be wrong for one of a hundred thousand.
    EXECUTE (
        SELECT format('SELECT ARRAY[%s], ARRAY[%s] FROM new_rows',
                      string_agg(format('min(%I)', TG_ARGV[i]), ', ' ORDER BY i),
                      string_agg(format('max(%I)', TG_ARGV[i]), ', ' ORDER BY i))
        FROM generate_series(0, TG_NARGS - 1, 2) AS i
    ) INTO lowest, highest;
    FOR i IN 0 .. TG_NARGS - 1 BY 2 LOOP
        place := i / 2 + 1;
        CONTINUE WHEN lowest[place] IS NULL;
        IF lowest[place] = highest[place] THEN
            EXECUTE format('SELECT p.id FROM %I p WHERE p.id = $1 FOR KEY SHARE', TG_ARGV[i + 1])
            INTO missing USING lowest[place];
            missing := CASE WHEN missing IS NULL THEN lowest[place] END;
        ELSE
            EXECUTE format(
                'SELECT EXISTS (
                     SELECT 1 FROM new_rows n LEFT JOIN %2$I p ON p.id = n.%1$I AND p.xmin = $1
                     WHERE n.%1$I IS NOT NULL AND p.id IS NULL
                 )',
                TG_ARGV[i], TG_ARGV[i + 1]
            ) INTO others USING pg_current_xact_id()::xid;
            CONTINUE WHEN NOT others;
            EXECUTE format(
                'WITH wanted AS MATERIALIZED (SELECT DISTINCT %1$I AS id FROM new_rows WHERE %1$I IS NOT NULL),
                      own AS MATERIALIZED (SELECT p.id FROM %2$I p JOIN wanted w ON w.id = p.id WHERE p.xmin = $1),
                      held AS MATERIALIZED (
                          SELECT p.id FROM %2$I p JOIN wanted w ON w.id = p.id WHERE p.xmin <> $1 FOR KEY SHARE OF p
                      )
                 SELECT min(w.id) FROM wanted w
                 WHERE NOT EXISTS (SELECT 1 FROM own o WHERE o.id = w.id)
                   AND NOT EXISTS (SELECT 1 FROM held h WHERE h.id = w.id)',
                TG_ARGV[i], TG_ARGV[i + 1]
            ) INTO missing USING pg_current_xact_id()::xid;
        END IF;
        IF missing IS NOT NULL THEN
            RAISE foreign_key_violation USING
                MESSAGE = format('%s.%s names row %s of %s, which is not there',
                                 TG_TABLE_NAME, TG_ARGV[i], missing, TG_ARGV[i + 1]),
                TABLE = TG_TABLE_NAME, COLUMN = TG_ARGV[i], CONSTRAINT = TG_NAME;
        END IF;
    END LOOP;
    RETURN NULL;
END $$;

CREATE FUNCTION cases_refuse_bereaving() RETURNS trigger LANGUAGE plpgsql AS $$
-- Arguments: child table, column, child table, column, … whose rows must not lose their parent.
DECLARE
    child bigint;
BEGIN
    FOR i IN 0 .. TG_NARGS - 1 BY 2 LOOP
        EXECUTE format('SELECT o.id FROM old_rows o JOIN %1$I c ON c.%2$I = o.id LIMIT 1', TG_ARGV[i], TG_ARGV[i + 1])
        INTO child;
        IF child IS NOT NULL THEN
            RAISE foreign_key_violation USING
                MESSAGE = format('row %s of %s is still named by %s.%s', child, TG_TABLE_NAME, TG_ARGV[i], TG_ARGV[i + 1]),
                TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
        END IF;
    END LOOP;
    RETURN NULL;
END $$;

CREATE FUNCTION cases_refuse_new_number() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE foreign_key_violation USING
        MESSAGE = format('a row of %s that others may name cannot get another id', TG_TABLE_NAME),
        TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
END $$;

CREATE FUNCTION cases_refuse_run_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE foreign_key_violation USING
        MESSAGE = 'a run is what every figure leads back to: it can be undone or discarded, never deleted',
        TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
END $$;
CREATE TRIGGER cases_importrun_stays BEFORE DELETE ON cases_importrun
    FOR EACH ROW EXECUTE FUNCTION cases_refuse_run_delete();

CREATE FUNCTION cases_custody_open_is_last() RETURNS trigger LANGUAGE plpgsql AS $$
-- An open custody begins when the ended ones of its case are over. Of two transactions on one case one waits for the other:
-- whoever writes an ended custody, or changes any, locks the case; an insert of an open one holds it by its key, which
-- cases_custody_insert_keys has checked before (triggers fire in the order of their names). What the other wrote is then
-- seen here, since every statement of a function looks anew; in other isolation levels it would not be: those are refused.
DECLARE
    broken bigint;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE feature_not_supported USING MESSAGE = 'custody is written in READ COMMITTED only';
    END IF;
    EXECUTE 'SELECT count(*) FROM (
                 SELECT 1 FROM cases_case WHERE id IN (SELECT case_id FROM new_rows WHERE $1 OR ended_at IS NOT NULL)
                 ORDER BY id FOR UPDATE
             ) locked'
        INTO broken USING TG_OP = 'UPDATE';
    EXECUTE 'SELECT min(o.case_id)
             FROM cases_custody o
             JOIN cases_custody e ON e.case_id = o.case_id AND e.ended_at > e.started_at AND e.ended_at > o.started_at
             WHERE o.ended_at IS NULL AND o.case_id IN (SELECT case_id FROM new_rows)'
        INTO broken;
    IF broken IS NOT NULL THEN
        RAISE exclusion_violation USING
            MESSAGE = format('case %s would have been on two desks at once', broken),
            TABLE = TG_TABLE_NAME, CONSTRAINT = 'custody_no_overlap';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER custody_open_is_last_insert AFTER INSERT ON cases_custody
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION cases_custody_open_is_last();
CREATE TRIGGER custody_open_is_last_update AFTER UPDATE ON cases_custody
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION cases_custody_open_is_last();
"""


def _quoted(names: tuple[str, ...]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def _triggers() -> str:
    made = []
    for table, keys in KEPT.items():
        made += [
            f"CREATE TRIGGER {table}_{event.lower()}_keys AFTER {event} ON {table} REFERENCING NEW TABLE AS new_rows"
            f" FOR EACH STATEMENT EXECUTE FUNCTION cases_refuse_orphans({_quoted(keys)});"
            for event in ("INSERT", "UPDATE")
        ]
    for table, children in PARENTS.items():
        made.append(
            f"CREATE TRIGGER {table}_is_named AFTER DELETE ON {table} REFERENCING OLD TABLE AS old_rows"
            f" FOR EACH STATEMENT EXECUTE FUNCTION cases_refuse_bereaving({_quoted(children)});"
        )
    for table in (*PARENTS, "cases_importrun"):
        made.append(
            f"CREATE TRIGGER {table}_keeps_id BEFORE UPDATE OF id ON {table} FOR EACH ROW WHEN (OLD.id <> NEW.id)"
            f" EXECUTE FUNCTION cases_refuse_new_number();"
        )
    return "\n".join(made)


DROP = """
DROP FUNCTION cases_refuse_orphans() CASCADE;
DROP FUNCTION cases_refuse_bereaving() CASCADE;
DROP FUNCTION cases_refuse_new_number() CASCADE;
DROP FUNCTION cases_refuse_run_delete() CASCADE;
DROP FUNCTION cases_custody_open_is_last() CASCADE;
"""

# Who asks for a run's positions knows its day, and a day has few runs.
POSITION_RUN = ("DROP INDEX cases_position_run_idx;", "CREATE INDEX cases_position_run_idx ON cases_position (run_id);")
# Every row of a source changes every day: with less than half of a page filled, its next version lies beside it.
ROOM = ("ALTER TABLE cases_case SET (fillfactor = 45);", "ALTER TABLE cases_case SET (fillfactor = 70);")


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0005_runs_of_two_kinds'),
        ('core', '0004_recovery_codes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='custody',
            name='custody_no_overlap',
        ),
        migrations.AlterField(
            model_name='case',
            name='closed_by_run',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.importrun'),
        ),
        migrations.AlterField(
            model_name='case',
            name='desk',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='cases', to='cases.desk', verbose_name='当前席位'),
        ),
        migrations.AlterField(
            model_name='case',
            name='last_run',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.importrun'),
        ),
        # AlterField takes every index on the one column for its own, so that this one would be gone.
        migrations.RemoveConstraint(model_name='case', name='case_one_open'),
        migrations.AlterField(
            model_name='case',
            name='loan',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='cases', to='cases.loan', verbose_name='借款合同'),
        ),
        migrations.AddConstraint(
            model_name='case',
            constraint=models.UniqueConstraint(condition=models.Q(('closed_on__isnull', True)), fields=('loan',), name='case_one_open'),
        ),
        migrations.AlterField(
            model_name='case',
            name='opened_by_run',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.importrun'),
        ),
        migrations.AlterField(
            model_name='contactpoint',
            name='created_by_run',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.importrun'),
        ),
        migrations.AlterField(
            model_name='contactpoint',
            name='debtor',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='contact_points', to='cases.debtor', verbose_name='客户'),
        ),
        migrations.AlterField(
            model_name='custody',
            name='desk',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='custodies', to='cases.desk', verbose_name='席位'),
        ),
        migrations.AlterField(
            model_name='custody',
            name='moved_by',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='debtor',
            name='created_by_run',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.importrun'),
        ),
        migrations.AlterField(
            model_name='importrow',
            name='run',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='rows', to='cases.importrun'),
        ),
        migrations.AlterField(
            model_name='loan',
            name='created_by_run',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.importrun'),
        ),
        migrations.AlterField(
            model_name='loan',
            name='debtor',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='loans', to='cases.debtor', verbose_name='客户'),
        ),
        migrations.AlterField(
            model_name='loan',
            name='source',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='loans', to='cases.source', verbose_name='数据来源'),
        ),
        migrations.AlterField(
            model_name='position',
            name='run',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='positions', to='cases.importrun'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('closed_by_run__isnull', False)), fields=['closed_by_run'], name='case_closed_by_run_idx'),
        ),
        migrations.AddConstraint(
            model_name='custody',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('ended_at__isnull', False)), expressions=[('case', '='), (cases.models.desk.TsTzRange('started_at', 'ended_at', django.contrib.postgres.fields.ranges.RangeBoundary()), '&&')], name='custody_no_overlap'),
        ),
        migrations.AlterField(
            model_name='custody',
            name='case',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='custodies', to='cases.case', verbose_name='案件'),
        ),
        migrations.AlterField(
            model_name='position',
            name='case',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='positions', to='cases.case'),
        ),
        migrations.AddIndex(
            model_name='contactpoint',
            index=django.contrib.postgres.indexes.HashIndex(fields=['value_index'], name='contact_point_value_hash'),
        ),
        migrations.RemoveIndex(model_name='contactpoint', name='contact_point_value_idx'),
        migrations.RemoveIndex(model_name='custody', name='custody_desk_open_idx'),
        migrations.RemoveConstraint(model_name='loan', name='loan_contract_unique'),
        migrations.AddConstraint(
            model_name='loan',
            constraint=models.UniqueConstraint(fields=('contract_no', 'source'), name='loan_contract_unique'),
        ),
        migrations.RemoveIndex(model_name='loan', name='loan_contract_idx'),
        migrations.RunSQL(*POSITION_RUN),
        migrations.RunSQL(*ROOM),
        migrations.RunSQL(FUNCTIONS, DROP),
        migrations.RunSQL(_triggers(), migrations.RunSQL.noop),
    ]
