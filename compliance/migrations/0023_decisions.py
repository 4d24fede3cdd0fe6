"""What ends a complaint: letters, follow-up checks, freezes, tasks that are cancelled. A letter that was sent never changes."""

import collection_ops.core.fields
import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.lookups
from django.conf import settings
from django.db import migrations, models

KEPT = """
CREATE FUNCTION compliance_keep_letter() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.sent_on IS NULL THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a letter that was sent stays as it is' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER compliance_replyletter_kept BEFORE UPDATE OR DELETE ON compliance_replyletter
    FOR EACH ROW EXECUTE FUNCTION compliance_keep_letter();
ALTER TABLE compliance_replyletter ENABLE ALWAYS TRIGGER compliance_replyletter_kept;
"""
REVERSE = """
DROP TRIGGER compliance_replyletter_kept ON compliance_replyletter;
DROP FUNCTION compliance_keep_letter();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0019_complaint_holds'),
        ("compliance", "0022_complaints_of_holds"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='FollowUp',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('round', models.PositiveSmallIntegerField(verbose_name='办理轮次')),
                ('due_on', models.DateField(verbose_name='回访期限')),
                ('remedied', models.BooleanField(blank=True, null=True, verbose_name='补救措施已落实')),
                ('content', models.CharField(blank=True, choices=[('content', '满意'), ('not', '不满意'), ('unreached', '未联系上')], max_length=9, verbose_name='投诉人是否满意')),
                ('note', collection_ops.core.fields.EncryptedTextField(blank=True, verbose_name='回访情况')),
                ('done_at', models.DateTimeField(blank=True, null=True, verbose_name='回访时间')),
            ],
            options={
                'verbose_name': '投诉回访',
                'verbose_name_plural': '投诉回访',
                "constraints": [
                    models.CheckConstraint(condition=models.Q(models.Q(('content', ''), ('done_at__isnull', True), ('remedied__isnull', True)), models.Q(('done_at__isnull', False), ('remedied__isnull', False), models.Q(('content', ''), _negated=True)), _connector='OR'), name='follow_up_done_with_answers'),
                ],
                "indexes": [
                    models.Index(condition=models.Q(('done_at__isnull', True)), fields=['due_on'], name='follow_up_due_idx'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Freeze',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(max_length=200, verbose_name='原因')),
                ('frozen_at', models.DateTimeField(verbose_name='冻结时间')),
                ('released_at', models.DateTimeField(blank=True, null=True, verbose_name='解除时间')),
                ('release_reason', models.CharField(blank=True, max_length=200, verbose_name='解除原因')),
            ],
            options={
                'verbose_name': '一键冻结',
                'verbose_name_plural': '一键冻结',
            },
        ),
        migrations.CreateModel(
            name='FreezeLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('person', '人员停催'), ('agency', '机构停催'), ('channel', '渠道停催'), ('message', '取消待发消息')], max_length=8, verbose_name='类型')),
                ('org', models.CharField(blank=True, max_length=32, verbose_name='机构')),
                ('channel', models.CharField(blank=True, choices=[('call', '电话'), ('sms', '短信'), ('im', '即时消息'), ('email', '邮件'), ('letter', '函件'), ('visit', '外访')], max_length=8, verbose_name='渠道')),
            ],
            options={
                'verbose_name': '冻结明细',
                'verbose_name_plural': '冻结明细',
            },
        ),
        migrations.CreateModel(
            name='ReplyLetter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('round', models.PositiveSmallIntegerField(verbose_name='办理轮次')),
                ('text', collection_ops.core.fields.EncryptedTextField(verbose_name='正文')),
                ('written_at', models.DateTimeField(verbose_name='起草时间')),
                ('sent_on', models.DateField(blank=True, null=True, verbose_name='送达日期')),
                ('how', models.CharField(blank=True, choices=[('post', '邮寄'), ('email', '电子邮件'), ('sms', '短信'), ('handed', '当面交付'), ('phone', '电话宣读')], max_length=6, verbose_name='送达方式')),
            ],
            options={
                'verbose_name': '投诉答复函',
                'verbose_name_plural': '投诉答复函',
            },
        ),
        migrations.RemoveConstraint(
            model_name='messagetemplate',
            name='message_template_two_people',
        ),
        migrations.RemoveConstraint(
            model_name='stafftask',
            name='staff_task_once',
        ),
        migrations.AddField(
            model_name='stafftask',
            name='cancel_reason',
            field=models.CharField(blank=True, max_length=200, verbose_name='取消原因'),
        ),
        migrations.AddField(
            model_name='stafftask',
            name='cancelled_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='取消时间'),
        ),
        migrations.AddField(
            model_name='stafftask',
            name='cancelled_by',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='messagetemplate',
            name='author',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='messagetemplate',
            name='body',
            field=models.CharField(max_length=4000, verbose_name='正文'),
        ),
        migrations.AlterField(
            model_name='messagetemplate',
            name='channel',
            field=models.CharField(choices=[('sms', '短信'), ('im', '即时消息'), ('email', '邮件'), ('letter', '函件')], default='sms', max_length=8, verbose_name='渠道'),
        ),
        migrations.AlterField(
            model_name='messagetemplate',
            name='purpose',
            field=models.CharField(choices=[('demand', '催收'), ('remind', '提醒'), ('relay', '请其转告'), ('reply', '答复投诉')], default='demand', max_length=8, verbose_name='目的'),
        ),
        migrations.AddConstraint(
            model_name='messagetemplate',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['approved', 'retired']), _negated=True), ('author__isnull', True), models.Q(('approved_by__isnull', False), models.Q(('approved_by', models.F('author')), _negated=True)), _connector='OR'), name='message_template_two_people'),
        ),
        migrations.AddConstraint(
            model_name='messagetemplate',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('audience', 'debtor'), ('channel', 'letter'), ('purpose', 'reply')), models.Q(models.Q(('channel', 'letter'), _negated=True), models.Q(('purpose', 'reply'), _negated=True)), _connector='OR'), name='message_template_letter_replies'),
        ),
        migrations.AddConstraint(
            model_name='messagetemplate',
            constraint=models.CheckConstraint(condition=models.Q(('channel', 'letter'), django.db.models.lookups.LessThanOrEqual(django.db.models.functions.text.Length('body'), models.Value(500)), _connector='OR'), name='message_template_length'),
        ),
        migrations.AddConstraint(
            model_name='stafftask',
            constraint=models.UniqueConstraint(condition=models.Q(('cancelled_at__isnull', True)), fields=('user', 'kind', 'complaint', 'check_number'), name='staff_task_once', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='stafftask',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('cancel_reason', ''), ('cancelled_at__isnull', True)), models.Q(('cancelled_at__isnull', False), ('done_at__isnull', True), models.Q(('cancel_reason', ''), _negated=True)), _connector='OR'), name='staff_task_cancelled_with_reason'),
        ),
        migrations.AddField(
            model_name='followup',
            name='complaint',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='follow_ups', to='compliance.complaint'),
        ),
        migrations.AddField(
            model_name='followup',
            name='done_by',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='freeze',
            name='complaint',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='freezes', to='compliance.complaint', verbose_name='投诉'),
        ),
        migrations.AddField(
            model_name='freeze',
            name='frozen_by',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='冻结人'),
        ),
        migrations.AddField(
            model_name='freeze',
            name='released_by',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='freezeline',
            name='freeze',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='compliance.freeze', verbose_name='冻结'),
        ),
        migrations.AddField(
            model_name='freezeline',
            name='hold',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.hold'),
        ),
        migrations.AddField(
            model_name='freezeline',
            name='message',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='compliance.queuedmessage'),
        ),
        migrations.AddField(
            model_name='freezeline',
            name='user',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='replyletter',
            name='complaint',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='letters', to='compliance.complaint', verbose_name='投诉'),
        ),
        migrations.AddField(
            model_name='replyletter',
            name='recorded_by',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='replyletter',
            name='template',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='compliance.messagetemplate', verbose_name='模板'),
        ),
        migrations.AddField(
            model_name='replyletter',
            name='written_by',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='起草人'),
        ),
        migrations.AddConstraint(
            model_name='followup',
            constraint=models.UniqueConstraint(fields=('complaint', 'round'), name='follow_up_once'),
        ),
        migrations.AddIndex(
            model_name='freeze',
            index=models.Index(fields=['complaint'], name='freeze_complaint_idx'),
        ),
        migrations.AddConstraint(
            model_name='freeze',
            constraint=models.UniqueConstraint(condition=models.Q(('released_at__isnull', True)), fields=('complaint',), name='freeze_one_in_force'),
        ),
        migrations.AddConstraint(
            model_name='freeze',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('release_reason', ''), ('released_at__isnull', True), ('released_by__isnull', True)), models.Q(('released_at__isnull', False), ('released_by__isnull', False), models.Q(('release_reason', ''), _negated=True)), _connector='OR'), name='freeze_released_with_reason'),
        ),
        migrations.AddConstraint(
            model_name='freezeline',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('channel', ''), ('hold__isnull', False), ('kind', 'person'), ('org', ''), ('user__isnull', False)), models.Q(('channel', ''), ('hold__isnull', False), ('kind', 'agency'), ('user__isnull', True), models.Q(('org', ''), _negated=True)), models.Q(('hold__isnull', False), ('kind', 'channel'), ('org', ''), ('user__isnull', True), models.Q(('channel', ''), _negated=True)), models.Q(('channel', ''), ('hold__isnull', True), ('kind', 'message'), ('message__isnull', False), ('org', ''), ('user__isnull', True)), _connector='OR'), name='freeze_line_names_one'),
        ),
        migrations.AddIndex(
            model_name='replyletter',
            index=models.Index(fields=['complaint', 'round'], name='reply_letter_round_idx'),
        ),
        migrations.AddConstraint(
            model_name='replyletter',
            constraint=models.UniqueConstraint(condition=models.Q(('sent_on__isnull', True)), fields=('complaint', 'round'), name='reply_letter_one_draft'),
        ),
        migrations.AddConstraint(
            model_name='replyletter',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('how', ''), ('recorded_by__isnull', True), ('sent_on__isnull', True)), models.Q(('recorded_by__isnull', False), ('sent_on__isnull', False), models.Q(('how', ''), _negated=True)), _connector='OR'), name='reply_letter_sent_how'),
        ),
        migrations.RunSQL(KEPT, REVERSE),
    ]
