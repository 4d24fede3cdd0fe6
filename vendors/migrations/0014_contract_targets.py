"""Targets of a contract's version, and what a month came to beside them, kept with its scorecard.

They are kept as their neighbours are: an approved version's targets change no more than its fees (0002), a scorecard's no
more than its points (0006).
"""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

FORWARD = """
CREATE TRIGGER vendors_contracttarget_kept BEFORE INSERT OR UPDATE OR DELETE ON vendors_contracttarget
    FOR EACH ROW EXECUTE FUNCTION vendors_keep_terms();
CREATE TRIGGER vendors_scorecardtarget_kept BEFORE UPDATE OR DELETE ON vendors_scorecardtarget
    FOR EACH ROW EXECUTE FUNCTION vendors_keep_scorecard();
"""
BACK = """
DROP TRIGGER vendors_scorecardtarget_kept ON vendors_scorecardtarget;
DROP TRIGGER vendors_contracttarget_kept ON vendors_contracttarget;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('vendors', '0013_vouchers'),
    ]

    operations = [
        migrations.CreateModel(
            name='ContractTarget',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField(verbose_name='序号')),
                ('stages', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(), blank=True, default=list, size=None, verbose_name='委案时阶段')),
                ('measure', models.CharField(choices=[('recovery', '回款率(%)'), ('contact', '本人触达率(%)'), ('complaints', '投诉(每万名已联系客户)'), ('case_complaints', '千件投诉率(每千件案件)')], max_length=16, verbose_name='指标')),
                ('figure', models.DecimalField(decimal_places=2, max_digits=7, verbose_name='目标值')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='targets', to='vendors.contractversion')),
            ],
            options={
                'verbose_name': '约定目标',
                'verbose_name_plural': '约定目标',
                'ordering': ('number',),
                'constraints': [models.UniqueConstraint(fields=('version', 'number'), name='contract_target_number_once'), models.CheckConstraint(condition=models.Q(('figure__gte', 0), models.Q(models.Q(('figure__lte', 200), ('measure', 'recovery')), models.Q(('figure__lte', 100), ('measure', 'contact')), models.Q(('figure__lte', 10000), ('measure', 'complaints'), ('stages', [])), models.Q(('figure__lte', 1000), ('measure', 'case_complaints'), ('stages', [])), _connector='OR')), name='contract_target_figure')],
            },
        ),
        migrations.CreateModel(
            name='ScorecardTarget',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField(verbose_name='序号')),
                ('stages', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(), blank=True, default=list, size=None, verbose_name='委案时阶段')),
                ('measure', models.CharField(choices=[('recovery', '回款率(%)'), ('contact', '本人触达率(%)'), ('complaints', '投诉(每万名已联系客户)'), ('case_complaints', '千件投诉率(每千件案件)')], max_length=16, verbose_name='指标')),
                ('figure', models.DecimalField(decimal_places=2, max_digits=7, verbose_name='目标值')),
                ('outcome', models.CharField(choices=[('reached', '达成'), ('missed', '未达成'), ('unjudged', '无从判断')], max_length=8, verbose_name='结果')),
                ('why', models.CharField(blank=True, choices=[('no_cases', '当月没有在手案件'), ('no_contacts', '没有联系记录'), ('few_contacts', '联系的客户太少，且没有投诉')], max_length=16, verbose_name='无从判断的原因')),
                ('part', models.DecimalField(decimal_places=2, max_digits=16, null=True, verbose_name='分子')),
                ('whole', models.DecimalField(decimal_places=2, max_digits=16, null=True, verbose_name='分母')),
                ('value', models.DecimalField(decimal_places=2, max_digits=16, null=True, verbose_name='实际值')),
                ('gap', models.DecimalField(decimal_places=2, max_digits=16, null=True, verbose_name='与目标之差')),
                ('short', models.DecimalField(decimal_places=2, max_digits=16, null=True, verbose_name='还差')),
                ('scorecard', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='targets', to='vendors.scorecard')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='vendors.contractversion', verbose_name='合同版本')),
            ],
            options={
                'verbose_name': '约定目标的结果',
                'verbose_name_plural': '约定目标的结果',
                'ordering': ('number',),
                'constraints': [models.UniqueConstraint(fields=('scorecard', 'number'), name='scorecard_target_number_once'), models.CheckConstraint(condition=models.Q(models.Q(('gap__isnull', True), ('outcome', 'unjudged'), ('short__isnull', True), ('value__isnull', True), models.Q(('why', ''), _negated=True)), models.Q(('gap__isnull', False), ('outcome', 'reached'), ('short__isnull', True), ('value__isnull', False), ('why', '')), models.Q(('gap__isnull', False), ('outcome', 'missed'), ('short__gt', 0), ('short__isnull', False), ('value__isnull', False), ('why', '')), _connector='OR'), name='scorecard_target_judged_or_why')],
            },
        ),
        migrations.RunSQL(FORWARD, BACK),
    ]
