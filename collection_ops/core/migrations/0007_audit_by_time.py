"""Events can be found by when they happened."""

import django.contrib.postgres.indexes
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0006_api_tokens'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='auditevent',
            index=django.contrib.postgres.indexes.BrinIndex(autosummarize=True, fields=['at'], name='audit_at_brin', pages_per_range=32),
        ),
    ]
