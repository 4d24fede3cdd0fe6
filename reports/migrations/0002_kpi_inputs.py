"""What people enter for KPIs. Neither a figure that was entered nor what a KPI once meant is ever changed: triggers refuse it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

TABLES = ("reports_kpiversion", "reports_kpiinput")
KEPT = "".join(
    f"""
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_append_only;
"""
    for table in TABLES
)
REVERSE = "".join(f"DROP TRIGGER {table}_append_only ON {table};" for table in TABLES)


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0021_what_was_believed'),
        ("core", "0002_append_only_audit"),
        ('reports', '0001_kpi_versions'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='KpiInput',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', models.DateField(verbose_name='月份')),
                ('what', models.CharField(choices=[('amount_due', '当月到期应还金额'), ('staff', '人员成本'), ('seat', '坐席与场地'), ('phone', '通信费'), ('legal', '法务费'), ('overhead', '管理分摊'), ('agency_fee', '委外佣金')], max_length=12, verbose_name='项目')),
                ('org', models.CharField(blank=True, max_length=32, verbose_name='机构')),
                ('yuan', models.DecimalField(decimal_places=2, max_digits=16, verbose_name='金额(元)')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='说明')),
                ('entered_at', models.DateTimeField(verbose_name='录入时间')),
                ('entered_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='录入人')),
                ('source', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.source', verbose_name='数据来源')),
            ],
            options={
                'verbose_name': '指标录入',
                'verbose_name_plural': '指标录入',
                'indexes': [models.Index(fields=['month', 'what'], name='kpi_input_month_idx')],
                'constraints': [models.CheckConstraint(condition=models.Q(('yuan__gte', 0)), name='kpi_input_not_negative'), models.CheckConstraint(condition=models.Q(('month__day', 1)), name='kpi_input_of_a_month'), models.CheckConstraint(condition=models.Q(models.Q(('org', ''), ('what', 'amount_due')), models.Q(('source__isnull', True), ('what', 'agency_fee'), models.Q(('org__in', ['', 'own']), _negated=True)), models.Q(('source__isnull', True), ('what__in', ['staff', 'seat', 'phone', 'legal', 'overhead']), models.Q(('org', ''), _negated=True)), _connector='OR'), name='kpi_input_of_whom')],
            },
        ),
        migrations.RunSQL(KEPT, REVERSE),
    ]
