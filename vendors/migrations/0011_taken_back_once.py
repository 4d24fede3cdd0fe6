"""A line is taken back once: the index that says so, again.

Changing the column of the earlier line in 0010 took away every index of that column alone, this one with it.
"""

from django.db import migrations

FORWARD = """
CREATE UNIQUE INDEX IF NOT EXISTS settlement_line_taken_back_once ON vendors_settlementline (of_line_id)
    WHERE kind = 'clawback' AND of_line_id IS NOT NULL;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('vendors', '0010_lines_by_sets'),
    ]

    operations = [
        # The models have known it all along, so the way back leaves it.
        migrations.RunSQL(FORWARD, migrations.RunSQL.noop),
    ]
