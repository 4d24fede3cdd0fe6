"""The record asks what files changed about one loan and one person: found by an index instead of reading all changes."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0003_partition_positions")]

    operations = [
        migrations.AddIndex(
            model_name="importchange",
            index=models.Index(fields=["table", "object_id"], name="import_change_object_idx"),
        ),
    ]
