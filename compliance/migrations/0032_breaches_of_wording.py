"""A breach found by the check of wording is one matter a contact and kind."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('compliance', '0031_privacy'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='breachcase',
            name='source',
            field=models.CharField(choices=[('log', '催记判定'), ('quality', '质检'), ('wording', '用语检查'), ('complaint', '投诉'), ('agency', '机构报告'), ('watch', '查询监测'), ('hand', '人工登记')], max_length=9, verbose_name='来源'),
        ),
        migrations.AddConstraint(
            model_name='breachcase',
            constraint=models.UniqueConstraint(condition=models.Q(('source', 'wording')), fields=('attempt', 'kind'), name='breach_case_wording_once'),
        ),
    ]
