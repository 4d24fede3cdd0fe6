"""The keys of a statement's lines are kept a set at a time, without a look-up for each line.

A foreign key looks each line's statement, placement and repayment up and locks it, which writes the repayment anew: of a month
of a million lines that was more than half of settling it. Here a statement's lines are held against their parents at once and
nothing is locked. Statements and lines are never deleted, and a line never names another (0002); whoever deletes placements
or repayments, which is rare, waits for those who are just writing lines, keeps others from beginning, and then looks who
names what is to go. So of two at once one is refused, whichever came first.
"""

import django.db.models.deletion
from django.db import migrations, models

FORWARD = """
CREATE FUNCTION vendors_refuse_orphans() RETURNS trigger LANGUAGE plpgsql AS $$
-- Arguments: column, parent table, its key, and so on. EXECUTE: a plan kept from one row would be wrong for a million.
DECLARE
    missing bigint;
BEGIN
    FOR i IN 0 .. TG_NARGS - 1 BY 3 LOOP
        EXECUTE format('SELECT n.%1$I FROM new_rows n LEFT JOIN %2$I p ON p.%3$I = n.%1$I
                        WHERE n.%1$I IS NOT NULL AND p.%3$I IS NULL LIMIT 1', TG_ARGV[i], TG_ARGV[i + 1], TG_ARGV[i + 2])
        INTO missing;
        IF missing IS NOT NULL THEN
            RAISE foreign_key_violation USING
                MESSAGE = format('%s.%s names row %s of %s, which is not there',
                                 TG_TABLE_NAME, TG_ARGV[i], missing, TG_ARGV[i + 1]),
                TABLE = TG_TABLE_NAME, COLUMN = TG_ARGV[i], CONSTRAINT = TG_NAME;
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
CREATE TRIGGER vendors_settlementline_insert_keys AFTER INSERT ON vendors_settlementline
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION vendors_refuse_orphans(
        'settlement_id', 'vendors_settlement', 'id', 'placement_id', 'vendors_placement', 'id',
        'of_line_id', 'vendors_settlementline', 'id');
CREATE TRIGGER vendors_settledrepayment_insert_keys AFTER INSERT ON vendors_settledrepayment
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION vendors_refuse_orphans(
        'settlement_id', 'vendors_settlement', 'id', 'repayment_id', 'cases_repayment', 'id');
CREATE TRIGGER vendors_settledrepayment_update_keys AFTER UPDATE ON vendors_settledrepayment
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION vendors_refuse_orphans(
        'settlement_id', 'vendors_settlement', 'id', 'repayment_id', 'cases_repayment', 'id');

CREATE FUNCTION vendors_refuse_bereaving() RETURNS trigger LANGUAGE plpgsql AS $$
-- Arguments: the table of those who may name the rows, and their column.
DECLARE
    child bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM old_rows) THEN
        RETURN NULL;
    END IF;
    EXECUTE format('LOCK TABLE %I IN SHARE MODE', TG_ARGV[0]);
    -- What others wrote while this waited is seen: every statement of a function looks anew.
    EXECUTE format('SELECT o.id FROM old_rows o JOIN %1$I c ON c.%2$I = o.id LIMIT 1', TG_ARGV[0], TG_ARGV[1]) INTO child;
    IF child IS NOT NULL THEN
        RAISE foreign_key_violation USING
            MESSAGE = format('row %s of %s is still named by %s.%s', child, TG_TABLE_NAME, TG_ARGV[0], TG_ARGV[1]),
            TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER vendors_placement_is_named_by_lines AFTER DELETE ON vendors_placement REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION vendors_refuse_bereaving('vendors_settlementline', 'placement_id');
CREATE TRIGGER cases_repayment_is_settled AFTER DELETE ON cases_repayment REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION vendors_refuse_bereaving('vendors_settledrepayment', 'repayment_id');
"""
BACK = """
DROP TRIGGER cases_repayment_is_settled ON cases_repayment;
DROP TRIGGER vendors_placement_is_named_by_lines ON vendors_placement;
DROP FUNCTION vendors_refuse_bereaving;
DROP TRIGGER vendors_settledrepayment_update_keys ON vendors_settledrepayment;
DROP TRIGGER vendors_settledrepayment_insert_keys ON vendors_settledrepayment;
DROP TRIGGER vendors_settlementline_insert_keys ON vendors_settlementline;
DROP FUNCTION vendors_refuse_orphans;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0025_desk_grace'),
        ('vendors', '0009_bills'),
    ]

    operations = [
        migrations.AlterField(
            model_name='settledrepayment',
            name='repayment',
            field=models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='settled', serialize=False, to='cases.repayment'),
        ),
        migrations.AlterField(
            model_name='settledrepayment',
            name='settlement',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='repayments', to='vendors.settlement'),
        ),
        migrations.AlterField(
            model_name='settlementline',
            name='of_line',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='taken_back_by', to='vendors.settlementline', verbose_name='原行'),
        ),
        migrations.AlterField(
            model_name='settlementline',
            name='placement',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='vendors.placement'),
        ),
        migrations.AlterField(
            model_name='settlementline',
            name='settlement',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='vendors.settlement'),
        ),
        migrations.AddIndex(
            model_name='settlementline',
            index=models.Index(condition=models.Q(('of_line__isnull', False)), fields=['of_line'], name='settlement_line_of_line_idx'),
        ),
        migrations.RunSQL(FORWARD, BACK),
    ]
