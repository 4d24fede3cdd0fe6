"""What an agency was asked to put right and how it answered, the proposals to end the cooperation, the monthly meetings.

Steps, findings, answers and evidence are written once. A demand keeps what it is about; an extension is decided once; the file
of a termination and the pack of a meeting are frozen, and what a decision came to is measured once.
"""

import collection_ops.core.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

KEPT = ("rectificationstep", "rectificationfinding", "rectificationanswer", "rectificationfile")
MOVES = {
    # table: (columns that move on, when nothing moves any more)
    "rectification": (
        "state,due_on,answered_by_id,answered_at,closed_by_id,closed_at,failures,extensions,escalated,stopped_on,lifted_on",
        "OLD.state IN ('closed', 'ended')",
    ),
    "rectificationextension": ("granted,decided_by_id,decided_at", "OLD.granted IS NOT NULL"),
    "termination": (
        "state,line_by_id,line_at,compliance_by_id,compliance_at,rejected_by_id,rejected_at",
        "OLD.state <> 'proposed'",
    ),
    "monthlymeeting": ("held_on,minutes,minutes_by_id,minutes_at", "false"),
    "meetingdecision": ("measured,measured_at,reached", "OLD.measured IS NOT NULL"),
}
FORWARD = "\n".join(
    f"""CREATE TRIGGER vendors_{table}_kept BEFORE UPDATE OR DELETE ON vendors_{table}
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();"""
    for table in KEPT
) + "\n".join(
    f"""
CREATE FUNCTION vendors_keep_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'vendors_{table} is never deleted' USING ERRCODE = 'check_violation';
    END IF;
    IF {over} OR (to_jsonb(NEW) - '{{{columns}}}'::text[]) <> (to_jsonb(OLD) - '{{{columns}}}'::text[]) THEN
        RAISE EXCEPTION 'vendors_{table}: what is written or settled is not changed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER vendors_{table}_kept BEFORE UPDATE OR DELETE ON vendors_{table}
    FOR EACH ROW EXECUTE FUNCTION vendors_keep_{table}();"""
    for table, (columns, over) in MOVES.items()
)
BACK = "\n".join(f"DROP TRIGGER vendors_{table}_kept ON vendors_{table};" for table in (*KEPT, *MOVES)) + "\n".join(
    f"\nDROP FUNCTION vendors_keep_{table};" for table in MOVES
)

class Migration(migrations.Migration):

    dependencies = [
        ('vendors', '0006_scorecards'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='MonthlyMeeting',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('period', models.DateField(verbose_name='月份')),
                ('pack', models.JSONField(verbose_name='材料')),
                ('digest', models.CharField(max_length=64)),
                ('known_by', models.DateTimeField(verbose_name='已知截至')),
                ('made_at', models.DateTimeField(verbose_name='生成时间')),
                ('held_on', models.DateField(blank=True, null=True, verbose_name='会议日期')),
                ('minutes', collection_ops.core.fields.EncryptedTextField(blank=True, verbose_name='会议纪要')),
                ('minutes_at', models.DateTimeField(blank=True, null=True, verbose_name='纪要时间')),
                ('agency', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='meetings', to='vendors.agency', verbose_name='机构')),
                ('made_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('minutes_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': '月度会议',
                'verbose_name_plural': '月度会议',
            },
        ),
        migrations.CreateModel(
            name='MeetingDecision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField(verbose_name='序号')),
                ('text', collection_ops.core.fields.EncryptedTextField(verbose_name='决定')),
                ('due_on', models.DateField(verbose_name='到期日')),
                ('figure', models.CharField(choices=[('recovered', '回款(元)'), ('contacted', '联系到的客户数'), ('contacts', '联系次数'), ('complaints', '属实投诉'), ('breaches', '违规'), ('late_days', '迟交日数'), ('rectifications', '未完成的整改')], max_length=16, verbose_name='指标')),
                ('value_now', models.DecimalField(decimal_places=2, max_digits=16, verbose_name='当前值')),
                ('target', models.DecimalField(decimal_places=2, max_digits=16, verbose_name='目标值')),
                ('made_at', models.DateTimeField(verbose_name='记录时间')),
                ('measured', models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True, verbose_name='到期值')),
                ('measured_at', models.DateTimeField(blank=True, null=True, verbose_name='计量时间')),
                ('reached', models.BooleanField(blank=True, null=True, verbose_name='达成')),
                ('made_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='负责人')),
                ('meeting', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='vendors.monthlymeeting')),
            ],
            options={
                'verbose_name': '会议决定',
                'verbose_name_plural': '会议决定',
                'ordering': ['number'],
            },
        ),
        migrations.CreateModel(
            name='Rectification',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=32, verbose_name='整改编号')),
                ('rule', models.CharField(max_length=24, verbose_name='触发原因')),
                ('period', models.DateField(verbose_name='月份')),
                ('state', models.CharField(choices=[('open', '整改中'), ('answered', '待验收'), ('closed', '已验收'), ('ended', '随合作终止结束')], default='open', max_length=8, verbose_name='状态')),
                ('demand', collection_ops.core.fields.EncryptedTextField(verbose_name='整改要求')),
                ('due_on', models.DateField(verbose_name='整改期限')),
                ('raised_at', models.DateTimeField(verbose_name='发起时间')),
                ('answered_at', models.DateTimeField(blank=True, null=True, verbose_name='答复时间')),
                ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='验收时间')),
                ('failures', models.PositiveSmallIntegerField(default=0, verbose_name='不合格次数')),
                ('extensions', models.PositiveSmallIntegerField(default=0, verbose_name='延期次数')),
                ('escalated', models.PositiveSmallIntegerField(default=0)),
                ('stopped_on', models.DateField(blank=True, null=True, verbose_name='停止委案日期')),
                ('lifted_on', models.DateField(blank=True, null=True, verbose_name='恢复委案日期')),
                ('agency', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rectifications', to='vendors.agency', verbose_name='机构')),
                ('answered_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('closed_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('raised_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': '整改',
                'verbose_name_plural': '整改',
            },
        ),
        migrations.CreateModel(
            name='RectificationExtension',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('until', models.DateField(verbose_name='延期至')),
                ('reason', collection_ops.core.fields.EncryptedTextField(verbose_name='理由')),
                ('asked_at', models.DateTimeField(verbose_name='申请时间')),
                ('granted', models.BooleanField(blank=True, null=True, verbose_name='同意')),
                ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='决定时间')),
                ('asked_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('decided_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('rectification', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='asked_extensions', to='vendors.rectification')),
            ],
            options={
                'verbose_name': '整改延期',
                'verbose_name_plural': '整改延期',
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='RectificationFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('stored_name', models.CharField(max_length=80)),
                ('file_name', models.CharField(max_length=128, verbose_name='文件名')),
                ('size', models.PositiveIntegerField(verbose_name='字节')),
                ('sha256', models.CharField(max_length=64)),
                ('sent_by', models.CharField(blank=True, max_length=40)),
                ('at', models.DateTimeField(verbose_name='时间')),
                ('added_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('rectification', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='files', to='vendors.rectification')),
            ],
            options={
                'verbose_name': '整改证据',
                'verbose_name_plural': '整改证据',
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='RectificationFinding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField(verbose_name='序号')),
                ('ground', models.CharField(max_length=24, verbose_name='依据')),
                ('what', collection_ops.core.fields.EncryptedTextField(verbose_name='问题')),
                ('count', models.PositiveIntegerField(default=1, verbose_name='件数')),
                ('refs', models.JSONField(default=dict, verbose_name='涉及')),
                ('rectification', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='findings', to='vendors.rectification')),
            ],
            options={
                'verbose_name': '整改问题',
                'verbose_name_plural': '整改问题',
                'ordering': ['number'],
            },
        ),
        migrations.CreateModel(
            name='RectificationAnswer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('round', models.PositiveSmallIntegerField(verbose_name='第几次答复')),
                ('text', collection_ops.core.fields.EncryptedTextField(verbose_name='整改措施与结果')),
                ('sent_by', models.CharField(blank=True, max_length=40)),
                ('at', models.DateTimeField(verbose_name='时间')),
                ('said_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('finding', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='answers', to='vendors.rectificationfinding')),
            ],
            options={
                'verbose_name': '整改答复',
                'verbose_name_plural': '整改答复',
                'ordering': ['round', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='RectificationStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=16, verbose_name='步骤')),
                ('at', models.DateTimeField(verbose_name='时间')),
                ('words', collection_ops.core.fields.EncryptedTextField(blank=True, verbose_name='说明')),
                ('data', models.JSONField(default=dict)),
                ('actor', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('rectification', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='vendors.rectification')),
            ],
            options={
                'verbose_name': '整改步骤',
                'verbose_name_plural': '整改步骤',
            },
        ),
        migrations.CreateModel(
            name='Termination',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=32, verbose_name='终止编号')),
                ('state', models.CharField(choices=[('proposed', '待批准'), ('approved', '已批准'), ('rejected', '未批准')], default='proposed', max_length=8, verbose_name='状态')),
                ('reason', collection_ops.core.fields.EncryptedTextField(verbose_name='理由')),
                ('file', models.JSONField(verbose_name='卷宗')),
                ('digest', models.CharField(max_length=64)),
                ('plan', models.JSONField(default=dict, verbose_name='退出安排')),
                ('proposed_at', models.DateTimeField(verbose_name='提议时间')),
                ('line_at', models.DateTimeField(blank=True, null=True, verbose_name='业务批准时间')),
                ('compliance_at', models.DateTimeField(blank=True, null=True, verbose_name='合规批准时间')),
                ('rejected_at', models.DateTimeField(blank=True, null=True, verbose_name='否决时间')),
                ('agency', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='terminations', to='vendors.agency', verbose_name='机构')),
                ('compliance_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('line_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('proposed_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('rectification', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='terminations', to='vendors.rectification')),
                ('rejected_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': '终止合作提议',
                'verbose_name_plural': '终止合作提议',
            },
        ),
        migrations.AddConstraint(
            model_name='monthlymeeting',
            constraint=models.UniqueConstraint(fields=('agency', 'period'), name='meeting_once_a_month'),
        ),
        migrations.AddConstraint(
            model_name='monthlymeeting',
            constraint=models.CheckConstraint(condition=models.Q(('period__day', 1)), name='meeting_first_of_month'),
        ),
        migrations.AddConstraint(
            model_name='monthlymeeting',
            constraint=models.CheckConstraint(condition=models.Q(('minutes_at__isnull', True), models.Q(('held_on__isnull', False), ('minutes_by__isnull', False)), _connector='OR'), name='meeting_minutes_with_day'),
        ),
        migrations.AddIndex(
            model_name='meetingdecision',
            index=models.Index(condition=models.Q(('measured__isnull', True)), fields=['due_on'], name='meeting_decision_due_idx'),
        ),
        migrations.AddConstraint(
            model_name='meetingdecision',
            constraint=models.UniqueConstraint(fields=('meeting', 'number'), name='meeting_decision_number'),
        ),
        migrations.AddConstraint(
            model_name='meetingdecision',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('measured__isnull', True), ('measured_at__isnull', True), ('reached__isnull', True)), models.Q(('measured__isnull', False), ('measured_at__isnull', False), ('reached__isnull', False)), _connector='OR'), name='meeting_decision_measured_whole'),
        ),
        migrations.AddIndex(
            model_name='rectification',
            index=models.Index(condition=models.Q(('state__in', ['open', 'answered'])), fields=['due_on'], name='rectification_due_idx'),
        ),
        migrations.AddIndex(
            model_name='rectification',
            index=models.Index(condition=models.Q(('lifted_on__isnull', True), ('stopped_on__isnull', False)), fields=['agency'], name='rectification_stop_idx'),
        ),
        migrations.AddConstraint(
            model_name='rectification',
            constraint=models.UniqueConstraint(fields=('number',), name='rectification_number_unique'),
        ),
        migrations.AddConstraint(
            model_name='rectification',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['open', 'answered'])), fields=('agency', 'rule', 'period'), name='rectification_one_open'),
        ),
        migrations.AddConstraint(
            model_name='rectification',
            constraint=models.CheckConstraint(condition=models.Q(('period__day', 1)), name='rectification_first_of_month'),
        ),
        migrations.AddConstraint(
            model_name='rectification',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['answered', 'closed']), _negated=True), ('answered_at__isnull', False), _connector='OR'), name='rectification_answered_first'),
        ),
        migrations.AddConstraint(
            model_name='rectification',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', False), ('closed_by__isnull', False), ('state', 'closed')), models.Q(models.Q(('state', 'closed'), _negated=True), ('closed_by__isnull', True)), _connector='OR'), name='rectification_closed_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='rectification',
            constraint=models.CheckConstraint(condition=models.Q(('closed_by__isnull', True), ('answered_by__isnull', True), models.Q(('closed_by', models.F('answered_by')), _negated=True), _connector='OR'), name='rectification_judged_by_another'),
        ),
        migrations.AddConstraint(
            model_name='rectification',
            constraint=models.CheckConstraint(condition=models.Q(('lifted_on__isnull', True), models.Q(('lifted_on__gte', models.F('stopped_on')), ('stopped_on__isnull', False)), _connector='OR'), name='rectification_stop_period'),
        ),
        migrations.AddConstraint(
            model_name='rectification',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'closed'), _negated=True), ('stopped_on__isnull', True), ('lifted_on__isnull', False), _connector='OR'), name='rectification_closed_lifts_the_stop'),
        ),
        migrations.AddConstraint(
            model_name='rectificationextension',
            constraint=models.UniqueConstraint(condition=models.Q(('granted__isnull', True)), fields=('rectification',), name='rectification_extension_one_open'),
        ),
        migrations.AddConstraint(
            model_name='rectificationextension',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_by__isnull', True), ('granted__isnull', True)), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False), ('granted__isnull', False)), _connector='OR'), name='rectification_extension_decided_whole'),
        ),
        migrations.AddConstraint(
            model_name='rectificationextension',
            constraint=models.CheckConstraint(condition=models.Q(('decided_by__isnull', True), models.Q(('decided_by', models.F('asked_by')), _negated=True), _connector='OR'), name='rectification_extension_two_people'),
        ),
        migrations.AddConstraint(
            model_name='rectificationfinding',
            constraint=models.UniqueConstraint(fields=('rectification', 'number'), name='rectification_finding_number'),
        ),
        migrations.AddConstraint(
            model_name='rectificationanswer',
            constraint=models.UniqueConstraint(fields=('finding', 'round'), name='rectification_answer_once_a_round'),
        ),
        migrations.AddIndex(
            model_name='rectificationstep',
            index=models.Index(fields=['rectification', 'at'], name='rectification_step_idx'),
        ),
        migrations.AddConstraint(
            model_name='termination',
            constraint=models.UniqueConstraint(fields=('number',), name='termination_number_unique'),
        ),
        migrations.AddConstraint(
            model_name='termination',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'proposed')), fields=('agency',), name='termination_one_waits'),
        ),
        migrations.AddConstraint(
            model_name='termination',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('line_by__isnull', True), models.Q(('line_by', models.F('proposed_by')), _negated=True), _connector='OR'), models.Q(('compliance_by__isnull', True), models.Q(('compliance_by', models.F('proposed_by')), _negated=True), _connector='OR'), models.Q(('line_by__isnull', True), ('compliance_by__isnull', True), models.Q(('line_by', models.F('compliance_by')), _negated=True), _connector='OR')), name='termination_three_people'),
        ),
        migrations.AddConstraint(
            model_name='termination',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'approved'), _negated=True), models.Q(('compliance_by__isnull', False), ('line_by__isnull', False)), _connector='OR'), name='termination_approved_by_two'),
        ),
        migrations.AddConstraint(
            model_name='termination',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'rejected'), _negated=True), ('rejected_by__isnull', False), _connector='OR'), name='termination_rejected_by_somebody'),
        ),
        migrations.RunSQL(FORWARD, BACK),
    ]
