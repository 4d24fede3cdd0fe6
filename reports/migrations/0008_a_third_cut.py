"""A third cut of the daily facts: by neither desk nor region. What is there already is made anew by the next refresh."""

from django.conf import settings
from django.db import migrations, models

LOCAL = f"AT TIME ZONE '{settings.TIME_ZONE}'"
CUTS = [(1, "按席位"), (2, "按地区"), (3, "不分席位与地区")]

FILL = f"""
INSERT INTO reports_dirtyday (what, source, day)
SELECT DISTINCT 'book', source_id, as_of FROM cases_importrun WHERE kind = 'overdue' AND state = 'applied';
INSERT INTO reports_dirtyday (what, source, day) SELECT DISTINCT 'money', source_id, paid_on FROM cases_repayment;
INSERT INTO reports_dirtyday (what, day)
SELECT DISTINCT 'contact', (opened_at {LOCAL})::date FROM compliance_contactattempt
UNION SELECT DISTINCT 'contact', (decided_at {LOCAL})::date FROM compliance_gatedecision;
"""


class Migration(migrations.Migration):
    dependencies = [("reports", "0007_contact_facts")]

    operations = [
        *(
            migrations.AlterField(model_name=name, name="cut", field=models.SmallIntegerField(choices=CUTS))
            for name in ("bookfact", "contactfact", "moneyfact", "rollfact")
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
