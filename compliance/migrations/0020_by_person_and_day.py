"""Contacts and answers of the gate by person and day, for the team board; the index by person alone goes."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0017_attachments'),
        ('compliance', '0011_certificate_expiry_told'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='contactattempt',
            index=models.Index(fields=['actor', 'opened_at'], name='attempt_actor_idx'),
        ),
        migrations.AddIndex(
            model_name='gatedecision',
            index=models.Index(fields=['actor', 'decided_at'], name='gate_decision_actor_idx'),
        ),
        migrations.AlterField(
            model_name='contactattempt',
            name='actor',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='gatedecision',
            name='actor',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
    ]
