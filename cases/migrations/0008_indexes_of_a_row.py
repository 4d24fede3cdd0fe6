"""A row keeps the blind indexes of its contacts beside the documents, so that sets are compared without opening these.

Rows of files that were read before get theirs out of the documents.
"""

import django.contrib.postgres.fields
from django.db import migrations, models

TAKE_OUT = """
UPDATE cases_importrow r
SET point_indexes = t.indexes, own_phones = t.own_phones, contacts = t.contacts
FROM (
    SELECT r.id, array_agg(c.point ->> 'index' ORDER BY c.place) AS indexes,
           count(*) FILTER (WHERE c.point ->> 'kind' = 'phone' AND c.point ->> 'relation' = '') AS own_phones,
           jsonb_agg(c.point - 'index' ORDER BY c.place) AS contacts
    FROM cases_importrow r, jsonb_array_elements(r.contacts) WITH ORDINALITY AS c (point, place)
    GROUP BY r.id
) t
WHERE r.id = t.id
"""


class Migration(migrations.Migration):

    dependencies = [("cases", "0007_repayments_of_a_file")]

    operations = [
        migrations.AddField(
            model_name="importrow",
            name="point_indexes",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=32), blank=True, null=True, size=None
            ),
        ),
        migrations.AddField(
            model_name="importrow",
            name="own_phones",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.RunSQL(TAKE_OUT, migrations.RunSQL.noop),
    ]
