"""The keys of a statement's lines are kept a set at a time, as those of the book (cases/models/keys.py).

A foreign key looks up each line's statement, placement and repayment: of a month of a million lines that was a third of
settling it. Statements and lines are never deleted, and
a line never names another (0002), so only placements and repayments need to know who names them.
"""

import django.db.models.deletion
from django.db import migrations, models

LINES = "'settlement_id', 'vendors_settlement', 'placement_id', 'vendors_placement', 'of_line_id', 'vendors_settlementline'"
CHARGED = "'settlement_id', 'vendors_settlement', 'repayment_id', 'cases_repayment'"
FORWARD = f"""
CREATE TRIGGER vendors_settlementline_insert_keys AFTER INSERT ON vendors_settlementline
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION cases_refuse_orphans({LINES});
CREATE TRIGGER vendors_settledrepayment_insert_keys AFTER INSERT ON vendors_settledrepayment
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION cases_refuse_orphans({CHARGED});
CREATE TRIGGER vendors_settledrepayment_update_keys AFTER UPDATE ON vendors_settledrepayment
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION cases_refuse_orphans({CHARGED});
CREATE TRIGGER vendors_placement_is_named_by_lines AFTER DELETE ON vendors_placement
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION cases_refuse_bereaving('vendors_settlementline', 'placement_id');
CREATE TRIGGER cases_repayment_is_settled AFTER DELETE ON cases_repayment
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION cases_refuse_bereaving('vendors_settledrepayment', 'repayment_id');
"""
BACK = """
DROP TRIGGER cases_repayment_is_settled ON cases_repayment;
DROP TRIGGER vendors_placement_is_named_by_lines ON vendors_placement;
DROP TRIGGER vendors_settledrepayment_update_keys ON vendors_settledrepayment;
DROP TRIGGER vendors_settledrepayment_insert_keys ON vendors_settledrepayment;
DROP TRIGGER vendors_settlementline_insert_keys ON vendors_settlementline;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0025_desk_grace'),
        ('vendors', '0005_bench'),
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
