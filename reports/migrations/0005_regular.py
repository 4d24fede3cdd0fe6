"""Regular reports, their subscribers and mails. What was made stays: a trigger refuses to change or delete a run, to the
owner too; only that its job was cleared away may be written."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

KEPT = """
CREATE FUNCTION reports_keep_run() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.job_id IS NULL AND to_jsonb(NEW) - 'job_id' = to_jsonb(OLD) - 'job_id' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a report that was made stays as it is' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER reports_reportrun_kept BEFORE UPDATE OR DELETE ON reports_reportrun
    FOR EACH ROW EXECUTE FUNCTION reports_keep_run();
ALTER TABLE reports_reportrun ENABLE ALWAYS TRIGGER reports_reportrun_kept;
"""
REVERSE = "DROP TRIGGER reports_reportrun_kept ON reports_reportrun; DROP FUNCTION reports_keep_run();"


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0007_audit_by_time'),
        ('reports', '0004_mark_dirty_days'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ReportRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('daily', '日报'), ('weekly', '周报'), ('monthly', '月报')], max_length=16, verbose_name='种类')),
                ('first', models.DateField(verbose_name='起始日')),
                ('last', models.DateField(verbose_name='截止日')),
                ('scope', models.CharField(blank=True, help_text='空为全公司', max_length=32, verbose_name='范围')),
                ('known_by', models.DateTimeField(help_text='此后才知道的事实不计入', verbose_name='已知截至')),
                ('as_of', models.DateField(blank=True, null=True, verbose_name='数据日期')),
                ('definitions', models.JSONField(default=dict, verbose_name='口径版本')),
                ('content', models.JSONField(verbose_name='内容')),
                ('digest', models.CharField(max_length=64, verbose_name='摘要值')),
                ('made_at', models.DateTimeField(verbose_name='生成时间')),
                ('job', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='core.job')),
                ('made_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='生成人')),
            ],
            options={
                'verbose_name': '定期报表',
                'verbose_name_plural': '定期报表',
            },
        ),
        migrations.CreateModel(
            name='ReportMail',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('sending', '发送中'), ('sent', '已发送'), ('failed', '发送失败')], default='sending', max_length=8, verbose_name='状态')),
                ('at', models.DateTimeField(verbose_name='时间')),
                ('error', models.CharField(blank=True, max_length=64, verbose_name='错误')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('run', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='mails', to='reports.reportrun')),
            ],
            options={
                'verbose_name': '报表邮件',
                'verbose_name_plural': '报表邮件',
            },
        ),
        migrations.CreateModel(
            name='ReportSubscription',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('daily', '日报'), ('weekly', '周报'), ('monthly', '月报')], max_length=16, verbose_name='种类')),
                ('since', models.DateTimeField(verbose_name='订阅时间')),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='report_subscriptions', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': '报表订阅',
                'verbose_name_plural': '报表订阅',
            },
        ),
        migrations.AddIndex(
            model_name='reportrun',
            index=models.Index(fields=['kind', '-first', '-known_by'], name='report_run_list_idx'),
        ),
        migrations.AddConstraint(
            model_name='reportrun',
            constraint=models.UniqueConstraint(fields=('kind', 'first', 'last', 'scope', 'known_by'), name='report_run_once'),
        ),
        migrations.AddConstraint(
            model_name='reportrun',
            constraint=models.CheckConstraint(condition=models.Q(('last__gte', models.F('first'))), name='report_run_days_in_order'),
        ),
        migrations.AddConstraint(
            model_name='reportmail',
            constraint=models.UniqueConstraint(fields=('run', 'user'), name='report_mail_once'),
        ),
        migrations.AddConstraint(
            model_name='reportsubscription',
            constraint=models.UniqueConstraint(fields=('user', 'kind'), name='report_subscription_once'),
        ),
        migrations.RunSQL(KEPT, REVERSE),
    ]
