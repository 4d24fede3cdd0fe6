"""The keys of a run's moves are kept a set at a time, as those of the book (cases/models/keys.py).

A foreign key looks up each row's run and desks: of a preview of 100,000 cases that was half the time of writing it.
"""

import django.db.models.deletion
from django.db import migrations, models

KEPT = "'run_id', 'agents_assignmentrun', 'from_desk_id', 'cases_desk', 'to_desk_id', 'cases_desk'"
CHILDREN = "'agents_assignmentmove', 'from_desk_id', 'agents_assignmentmove', 'to_desk_id'"
FORWARD = f"""
CREATE TRIGGER agents_assignmentmove_insert_keys AFTER INSERT ON agents_assignmentmove
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION cases_refuse_orphans({KEPT});
CREATE TRIGGER agents_assignmentmove_update_keys AFTER UPDATE ON agents_assignmentmove
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION cases_refuse_orphans({KEPT});
CREATE TRIGGER agents_assignmentrun_is_named AFTER DELETE ON agents_assignmentrun
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION cases_refuse_bereaving('agents_assignmentmove', 'run_id');
CREATE TRIGGER cases_desk_is_named_by_moves AFTER DELETE ON cases_desk
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION cases_refuse_bereaving({CHILDREN});
"""
BACK = """
DROP TRIGGER cases_desk_is_named_by_moves ON cases_desk;
DROP TRIGGER agents_assignmentrun_is_named ON agents_assignmentrun;
DROP TRIGGER agents_assignmentmove_update_keys ON agents_assignmentmove;
DROP TRIGGER agents_assignmentmove_insert_keys ON agents_assignmentmove;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('agents', '0004_assignment_outcomes'),
        ('cases', '0017_attachments'),
    ]

    operations = [
        migrations.AlterField(
            model_name='assignmentmove',
            name='from_desk',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.desk'),
        ),
        migrations.AlterField(
            model_name='assignmentmove',
            name='run',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='moves', to='agents.assignmentrun'),
        ),
        migrations.AlterField(
            model_name='assignmentmove',
            name='to_desk',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.desk'),
        ),
        migrations.RunSQL(FORWARD, BACK),
    ]
