"""Messages and their templates. The words of a template never change, and neither is ever deleted: triggers refuse it."""

import collection_ops.core.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

KEPT = """
CREATE FUNCTION compliance_keep_template() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.code, NEW.version, NEW.channel, NEW.audience, NEW.purpose, NEW.body, NEW.author_id)
        IS NOT DISTINCT FROM
        (OLD.code, OLD.version, OLD.channel, OLD.audience, OLD.purpose, OLD.body, OLD.author_id) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the words of a template stay as they are' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER compliance_messagetemplate_kept BEFORE UPDATE OR DELETE ON compliance_messagetemplate
    FOR EACH ROW EXECUTE FUNCTION compliance_keep_template();
ALTER TABLE compliance_messagetemplate ENABLE ALWAYS TRIGGER compliance_messagetemplate_kept;
CREATE TRIGGER compliance_queuedmessage_kept BEFORE DELETE ON compliance_queuedmessage
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
ALTER TABLE compliance_queuedmessage ENABLE ALWAYS TRIGGER compliance_queuedmessage_kept;
"""
REVERSE = """
DROP TRIGGER compliance_queuedmessage_kept ON compliance_queuedmessage;
DROP TRIGGER compliance_messagetemplate_kept ON compliance_messagetemplate;
DROP FUNCTION compliance_keep_template();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0009_holds'),
        ('compliance', '0008_rule_changes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='MessageTemplate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=24, verbose_name='代码')),
                ('version', models.PositiveSmallIntegerField(verbose_name='版本')),
                ('channel', models.CharField(choices=[('sms', '短信'), ('im', '即时消息'), ('email', '邮件')], default='sms', max_length=8, verbose_name='渠道')),
                ('audience', models.CharField(choices=[('debtor', '债务人'), ('contact', '联系人')], default='debtor', max_length=8, verbose_name='对象')),
                ('purpose', models.CharField(choices=[('demand', '催收'), ('remind', '提醒'), ('relay', '请其转告')], default='demand', max_length=8, verbose_name='目的')),
                ('body', models.CharField(max_length=500, verbose_name='正文')),
                ('state', models.CharField(choices=[('pending', '待批准'), ('approved', '已批准'), ('rejected', '未批准'), ('retired', '已停用')], default='pending', max_length=8, verbose_name='状态')),
                ('written_at', models.DateTimeField(verbose_name='编写时间')),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('decision_reason', models.CharField(blank=True, max_length=200, verbose_name='理由')),
                ('valid_from', models.DateField(verbose_name='启用日期')),
                ('valid_to', models.DateField(blank=True, help_text='最后一天，含当日', null=True, verbose_name='停用日期')),
            ],
            options={
                'verbose_name': '消息模板',
                'verbose_name_plural': '消息模板',
                "constraints": [
                    models.UniqueConstraint(fields=('code', 'version'), name='message_template_version_once'),
                    models.UniqueConstraint(condition=models.Q(('state', 'pending')), fields=('code',), name='message_template_one_waits'),
                    models.CheckConstraint(condition=models.Q(('valid_to__isnull', True), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='message_template_valid'),
                ],
            },
        ),
        migrations.CreateModel(
            name='QueuedMessage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('org', models.CharField(default='own', max_length=32, verbose_name='机构')),
                ('queued_at', models.DateTimeField(verbose_name='排队时间')),
                ('send_after', models.DateTimeField(verbose_name='不早于')),
                ('state', models.CharField(choices=[('waiting', '等待发送'), ('requeued', '改期发送'), ('sending', '发送中'), ('sent', '已发送'), ('failed', '发送失败'), ('refused', '不允许发送'), ('cancelled', '已取消')], default='waiting', max_length=9, verbose_name='状态')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='说明')),
                ('text', collection_ops.core.fields.EncryptedTextField(blank=True)),
                ('amount', models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True)),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('claimed_at', models.DateTimeField(blank=True, null=True)),
                ('sent_at', models.DateTimeField(blank=True, null=True, verbose_name='发送时间')),
                ('receipt', models.CharField(blank=True, max_length=64, verbose_name='回执')),
            ],
            options={
                'verbose_name': '待发消息',
                'verbose_name_plural': '待发消息',
                "constraints": [
                    models.CheckConstraint(condition=models.Q(models.Q(('state', 'sent'), _negated=True), ('sent_at__isnull', False), _connector='OR'), name='message_sent_has_moment'),
                ],
                "indexes": [
                    models.Index(condition=models.Q(('state__in', ['waiting', 'requeued', 'sending'])), fields=['send_after'], name='message_due_idx'),
                ],
            },
        ),
        migrations.CreateModel(
            name='SimulatedDelivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=64)),
                ('taken_at', models.DateTimeField()),
            ],
            options={
                'verbose_name': '模拟网关记录',
                'verbose_name_plural': '模拟网关记录',
                "constraints": [
                    models.UniqueConstraint(fields=('key',), name='simulated_delivery_once'),
                ],
            },
        ),
        migrations.RemoveConstraint(
            model_name='contactattempt',
            name='attempt_one_open',
        ),
        migrations.AddConstraint(
            model_name='contactattempt',
            constraint=models.UniqueConstraint(condition=models.Q(('actor__isnull', False), ('channel__in', ['call', 'visit']), ('state', 'open')), fields=('debtor', 'actor'), name='attempt_one_open'),
        ),
        migrations.AddField(
            model_name='messagetemplate',
            name='approved_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='messagetemplate',
            name='author',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='queuedmessage',
            name='attempt',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='message', to='compliance.contactattempt'),
        ),
        migrations.AddField(
            model_name='queuedmessage',
            name='case',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.case', verbose_name='案件'),
        ),
        migrations.AddField(
            model_name='queuedmessage',
            name='decision',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='compliance.gatedecision'),
        ),
        migrations.AddField(
            model_name='queuedmessage',
            name='point',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.contactpoint'),
        ),
        migrations.AddField(
            model_name='queuedmessage',
            name='queued_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='queuedmessage',
            name='template',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='compliance.messagetemplate', verbose_name='模板'),
        ),
        migrations.AddConstraint(
            model_name='messagetemplate',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['approved', 'retired']), _negated=True), models.Q(('approved_by__isnull', False), models.Q(('approved_by', models.F('author')), _negated=True)), _connector='OR'), name='message_template_two_people'),
        ),
        migrations.AddIndex(
            model_name='queuedmessage',
            index=models.Index(fields=['point'], name='message_point_idx'),
        ),
        migrations.AddConstraint(
            model_name='queuedmessage',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['sending', 'sent']), _negated=True), models.Q(('attempt__isnull', False), ('claimed_at__isnull', False), ('decision__isnull', False)), _connector='OR'), name='message_sent_was_allowed'),
        ),
        migrations.RunSQL(KEPT, REVERSE),
    ]
