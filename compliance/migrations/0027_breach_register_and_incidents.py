"""The register of breaches, with what the contact log already holds, and major incidents with their reports."""

import collection_ops.core.fields
import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


# What a case of the log weighs, as `breaching/kinds.py` says it when this is written: red lines, what a rule only reports or
# warns of, and the rest.
CRITICAL = ("CN-B-01", "CN-B-05", "CN-S-06A")
MINOR = ("CN-F-04A", "CN-F-03", "CN-F-05", "CN-F-05A", "CN-F-05B", "CN-F-05C", "CN-F-06")

# The days of what stood open before there was a register run from the day on which it is there.
FILL = """
WITH today AS (SELECT (now() AT TIME ZONE 'Asia/Shanghai')::date AS day),
weighed AS (
    SELECT b.*, a.actor_id, a.org,
           CASE WHEN b.rule IN {critical} THEN 3 WHEN b.rule IN {minor} THEN 1 ELSE 2 END AS severity
    FROM compliance_breach b JOIN compliance_contactattempt a ON a.id = b.attempt_id
), made AS (
    INSERT INTO compliance_breachcase
        (source, breach_id, attempt_id, kind, severity, user_id, org, what, evidence, found_on, due_on, state, remedy,
         escalated, recorded_at)
    SELECT 'log', w.id, w.attempt_id, w.rule, w.severity, w.actor_id, w.org, '', '',
           (w.found_at AT TIME ZONE 'Asia/Shanghai')::date,
           greatest(today.day, (w.found_at AT TIME ZONE 'Asia/Shanghai')::date)
               + CASE w.severity WHEN 3 THEN 3 WHEN 2 THEN 7 ELSE 15 END,
           w.state, '', 0, now()
    FROM weighed w, today ORDER BY w.id
    RETURNING id, breach_id
)
INSERT INTO compliance_breachstep (breach_case_id, kind, at, words, data)
SELECT made.id, 'opened', b.found_at, '', '{{}}'::jsonb FROM made JOIN compliance_breach b ON b.id = made.breach_id
UNION ALL
SELECT made.id, 'withdrawn', b.changed_at, '', '{{}}'::jsonb
FROM made JOIN compliance_breach b ON b.id = made.breach_id WHERE b.state = 'withdrawn';
""".format(critical=CRITICAL, minor=MINOR)

KEPT = """
CREATE TRIGGER {table}_kept BEFORE {events} ON {table}
    FOR EACH ROW {when} EXECUTE FUNCTION core_refuse_change();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_kept;
"""
TABLES = {
    "compliance_breachstep": ("UPDATE OR DELETE", ""),
    "compliance_breachcase": ("DELETE", ""),
    "compliance_incidentstep": ("UPDATE OR DELETE", ""),
    "compliance_incidentsending": ("UPDATE OR DELETE", ""),
    # What was sent is what somebody else holds in their hands.
    "compliance_incidentreport": ("UPDATE OR DELETE", "WHEN (OLD.state = 'sent')"),
}


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0019_complaint_holds'),
        ("compliance", "0026_quality_checks"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='BreachCase',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(choices=[('log', '催记判定'), ('quality', '质检'), ('complaint', '投诉'), ('agency', '机构报告'), ('hand', '人工登记')], max_length=9, verbose_name='来源')),
                ('check_number', models.BigIntegerField(blank=True, null=True, verbose_name='质检编号')),
                ('kind', models.CharField(max_length=16, verbose_name='违规类型')),
                ('severity', models.PositiveSmallIntegerField(choices=[(1, '一般违规'), (2, '严重违规'), (3, '红线违规')], verbose_name='严重程度')),
                ('org', models.CharField(blank=True, max_length=32, verbose_name='机构')),
                ('what', collection_ops.core.fields.EncryptedTextField(blank=True, verbose_name='事实')),
                ('evidence', models.CharField(blank=True, max_length=200, verbose_name='证据')),
                ('found_on', models.DateField(verbose_name='发现日期')),
                ('due_on', models.DateField(verbose_name='整改期限')),
                ('state', models.CharField(choices=[('open', '待处理'), ('in_hand', '整改中'), ('remedied', '待复核'), ('closed', '已关闭'), ('dismissed', '不构成违规'), ('withdrawn', '已撤销')], default='open', max_length=9, verbose_name='状态')),
                ('remedy', collection_ops.core.fields.EncryptedTextField(blank=True, verbose_name='整改措施')),
                ('remedied_at', models.DateTimeField(blank=True, null=True, verbose_name='整改完成时间')),
                ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='关闭时间')),
                ('escalated', models.PositiveSmallIntegerField(default=0)),
                ('recorded_at', models.DateTimeField(verbose_name='登记时间')),
                ('attempt', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='breach_cases', to='compliance.contactattempt', verbose_name='催记')),
                ('breach', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='register', to='compliance.breach')),
                ('closed_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('complaint', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='breach_cases', to='compliance.complaint', verbose_name='投诉')),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='负责人')),
                ('reported_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('user', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='当事人')),
            ],
            options={
                'verbose_name': '违规登记',
                'verbose_name_plural': '违规登记',
                "constraints": [
                    models.CheckConstraint(condition=models.Q(models.Q(('attempt__isnull', False), ('breach__isnull', False), ('source', 'log')), models.Q(models.Q(('source', 'log'), _negated=True), ('breach__isnull', True)), _connector='OR'), name='breach_case_from_the_log'),
                    models.CheckConstraint(condition=models.Q(('severity__gte', 1), ('severity__lte', 3)), name='breach_case_severity'),
                    models.CheckConstraint(condition=models.Q(('state__in', ['open', 'dismissed', 'withdrawn']), ('owner__isnull', False), _connector='OR'), name='breach_case_owned'),
                    models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['remedied', 'closed']), _negated=True), ('remedied_at__isnull', False), _connector='OR'), name='breach_case_remedied_before_closed'),
                    models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', False), ('closed_by__isnull', False), ('state__in', ['closed', 'dismissed'])), models.Q(models.Q(('state__in', ['closed', 'dismissed']), _negated=True), ('closed_at__isnull', True), ('closed_by__isnull', True)), _connector='OR'), name='breach_case_closed_by_somebody'),
                    models.CheckConstraint(condition=models.Q(('closed_by__isnull', True), models.Q(models.Q(('owner__isnull', True), models.Q(('closed_by', models.F('owner')), _negated=True), _connector='OR'), models.Q(('user__isnull', True), models.Q(('closed_by', models.F('user')), _negated=True), _connector='OR')), _connector='OR'), name='breach_case_closed_by_another'),
                    models.CheckConstraint(condition=models.Q(('owner__isnull', True), ('user__isnull', True), models.Q(('owner', models.F('user')), _negated=True), _connector='OR'), name='breach_case_not_owned_by_whoever_did_it'),
                    models.UniqueConstraint(condition=models.Q(('source__in', ['quality', 'complaint'])), fields=('complaint', 'check_number', 'kind', 'user', 'org'), name='breach_case_once', nulls_distinct=False),
                ],
                "indexes": [
                    models.Index(condition=models.Q(('state__in', ['open', 'in_hand', 'remedied'])), fields=['due_on'], name='breach_case_due_idx'),
                    models.Index(condition=models.Q(('user__isnull', False)), fields=['user', 'found_on'], name='breach_case_user_idx'),
                    models.Index(fields=['found_on'], name='breach_case_found_idx'),
                ],
            },
        ),
        migrations.CreateModel(
            name='BreachStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=16, verbose_name='步骤')),
                ('at', models.DateTimeField(verbose_name='时间')),
                ('words', collection_ops.core.fields.EncryptedTextField(blank=True, verbose_name='说明')),
                ('data', models.JSONField(default=dict)),
                ('actor', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('breach_case', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='compliance.breachcase')),
            ],
            options={
                'verbose_name': '违规处理步骤',
                'verbose_name_plural': '违规处理步骤',
                "indexes": [
                    models.Index(fields=['breach_case', 'at'], name='breach_step_idx'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Incident',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('type', models.CharField(choices=[('death_injury', '人身伤亡'), ('police_case', '公安立案、治安处罚'), ('mass_petition', '群体性投诉、上访'), ('media', '媒体报道、网络舆情'), ('data_leak', '个人信息泄露'), ('agency_collapse', '委外机构停业、失联'), ('other', '其他重大事项')], max_length=16, verbose_name='事项类型')),
                ('known_at', models.DateTimeField(verbose_name='知悉时间')),
                ('happened_at', models.DateTimeField(blank=True, null=True, verbose_name='发生时间')),
                ('place', models.CharField(blank=True, max_length=100, verbose_name='发生地点')),
                ('what', collection_ops.core.fields.EncryptedTextField(verbose_name='事实经过')),
                ('people_hurt', models.PositiveIntegerField(default=0, verbose_name='伤亡人数')),
                ('customers', models.PositiveIntegerField(default=0, verbose_name='涉及客户数')),
                ('orgs', models.CharField(blank=True, max_length=200, verbose_name='涉及机构')),
                ('due_at', models.DateTimeField(verbose_name='首报期限')),
                ('first_sent_at', models.DateTimeField(blank=True, null=True, verbose_name='首报送出时间')),
                ('leak_due_at', models.DateTimeField(blank=True, null=True, verbose_name='泄露通知期限')),
                ('leak_told_at', models.DateTimeField(blank=True, null=True, verbose_name='泄露通知完成时间')),
                ('told', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=12), default=list, size=None)),
                ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='办结时间')),
                ('recorded_at', models.DateTimeField(verbose_name='登记时间')),
                ('breach_case', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='incidents', to='compliance.breachcase', verbose_name='违规登记')),
                ('case', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='incidents', to='cases.case', verbose_name='案件')),
                ('closed_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('complaint', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='incidents', to='compliance.complaint', verbose_name='投诉')),
                ('hold', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='incidents', to='cases.hold', verbose_name='停催')),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='负责人')),
                ('recorded_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('users', models.ManyToManyField(blank=True, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='涉及人员')),
            ],
            options={
                'verbose_name': '重大风险事项',
                'verbose_name_plural': '重大风险事项',
                "constraints": [
                    models.CheckConstraint(condition=models.Q(('due_at__gt', models.F('known_at'))), name='incident_due_after_known'),
                    models.CheckConstraint(condition=models.Q(('happened_at__isnull', True), ('happened_at__lte', models.F('known_at')), _connector='OR'), name='incident_happened_before_known'),
                    models.CheckConstraint(condition=models.Q(models.Q(('leak_due_at__isnull', False), ('type', 'data_leak')), models.Q(models.Q(('type', 'data_leak'), _negated=True), ('leak_due_at__isnull', True), ('leak_told_at__isnull', True)), _connector='OR'), name='incident_leak_clock'),
                    models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', True), ('closed_by__isnull', True)), models.Q(('closed_at__isnull', False), ('closed_by__isnull', False)), _connector='OR'), name='incident_closed_by_somebody'),
                    models.UniqueConstraint(condition=models.Q(('complaint__isnull', False)), fields=('complaint',), name='incident_complaint_once'),
                    models.UniqueConstraint(condition=models.Q(('hold__isnull', False)), fields=('hold',), name='incident_hold_once'),
                ],
                "indexes": [
                    models.Index(condition=models.Q(('closed_at__isnull', True)), fields=['due_at'], name='incident_open_idx'),
                ],
            },
        ),
        migrations.CreateModel(
            name='IncidentRecipient',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=64, verbose_name='名称')),
                ('kind', models.CharField(choices=[('regulator', '监管部门'), ('police', '公安机关'), ('head_office', '总部'), ('association', '行业协会')], max_length=12, verbose_name='类别')),
                ('how', models.CharField(max_length=200, verbose_name='报送方式')),
                ('is_active', models.BooleanField(default=True, verbose_name='启用')),
            ],
            options={
                'verbose_name': '报送对象',
                'verbose_name_plural': '报送对象',
                'constraints': [models.UniqueConstraint(fields=('name',), name='incident_recipient_once')],
            },
        ),
        migrations.CreateModel(
            name='IncidentReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveSmallIntegerField(verbose_name='版次')),
                ('kind', models.CharField(choices=[('first', '首报'), ('follow_up', '续报'), ('final', '终报')], max_length=9, verbose_name='报告类别')),
                ('body', collection_ops.core.fields.EncryptedTextField(verbose_name='正文')),
                ('state', models.CharField(choices=[('draft', '草稿'), ('approved', '已审定'), ('sent', '已报送')], default='draft', max_length=8, verbose_name='状态')),
                ('written_at', models.DateTimeField(verbose_name='起草时间')),
                ('approved_at', models.DateTimeField(blank=True, null=True, verbose_name='审定时间')),
                ('sent_at', models.DateTimeField(blank=True, null=True, verbose_name='报送时间')),
                ('approved_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('author', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('incident', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='compliance.incident')),
            ],
            options={
                'verbose_name': '重大事项报告',
                'verbose_name_plural': '重大事项报告',
                "constraints": [
                    models.UniqueConstraint(fields=('incident', 'version'), name='incident_report_version_once'),
                    models.UniqueConstraint(condition=models.Q(('state', 'sent'), _negated=True), fields=('incident',), name='incident_report_one_unsent'),
                    models.UniqueConstraint(condition=models.Q(('kind', 'first')), fields=('incident',), name='incident_report_one_first'),
                    models.CheckConstraint(condition=models.Q(models.Q(('approved_at__isnull', True), ('approved_by__isnull', True), ('state', 'draft')), models.Q(models.Q(('state', 'draft'), _negated=True), ('approved_at__isnull', False), ('approved_by__isnull', False), models.Q(('approved_by', models.F('author')), _negated=True)), _connector='OR'), name='incident_report_approved_by_another'),
                    models.CheckConstraint(condition=models.Q(models.Q(('sent_at__isnull', False), ('state', 'sent')), models.Q(models.Q(('state', 'sent'), _negated=True), ('sent_at__isnull', True)), _connector='OR'), name='incident_report_sent_at'),
                ],
            },
        ),
        migrations.CreateModel(
            name='IncidentSending',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sent_at', models.DateTimeField(verbose_name='报送时间')),
                ('how', models.CharField(max_length=200, verbose_name='报送方式')),
                ('recorded_at', models.DateTimeField()),
                ('recipient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='compliance.incidentrecipient')),
                ('report', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='sendings', to='compliance.incidentreport')),
                ('sent_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': '报送记录',
                'verbose_name_plural': '报送记录',
                "constraints": [
                    models.UniqueConstraint(fields=('report', 'recipient'), name='incident_sending_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='IncidentStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=16, verbose_name='步骤')),
                ('at', models.DateTimeField(verbose_name='时间')),
                ('words', collection_ops.core.fields.EncryptedTextField(blank=True, verbose_name='说明')),
                ('data', models.JSONField(default=dict)),
                ('actor', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('incident', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='compliance.incident')),
            ],
            options={
                'verbose_name': '处置步骤',
                'verbose_name_plural': '处置步骤',
                "indexes": [
                    models.Index(fields=['incident', 'at'], name='incident_step_idx'),
                ],
            },
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED;", migrations.RunSQL.noop),
        migrations.RunSQL(
            "".join(KEPT.format(table=table, events=events, when=when) for table, (events, when) in TABLES.items()),
            "".join(f"DROP TRIGGER {table}_kept ON {table};" for table in TABLES),
        ),
    ]
