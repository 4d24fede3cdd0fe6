
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('agents', '0010_cover'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AppraisalWeights',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('values', models.JSONField(default=dict, verbose_name='权重')),
                ('reason', models.CharField(max_length=200, verbose_name='原因')),
                ('saved_at', models.DateTimeField(verbose_name='时间')),
                ('saved_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': '考核权重',
                'verbose_name_plural': '考核权重',
            },
        ),
        migrations.CreateModel(
            name='RewardRules',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('lines', models.JSONField(default=list, verbose_name='规则')),
                ('reason', models.CharField(max_length=200, verbose_name='原因')),
                ('saved_at', models.DateTimeField(verbose_name='时间')),
                ('saved_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': '奖惩规则',
                'verbose_name_plural': '奖惩规则',
            },
        ),
        migrations.CreateModel(
            name='WeekReview',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('week', models.DateField(verbose_name='周一')),
                ('state', models.CharField(choices=[('draft', '计划中'), ('held', '待确认'), ('acknowledged', '已确认')], default='draft', max_length=12, verbose_name='状态')),
                ('version', models.PositiveIntegerField(default=1)),
                ('plan', models.TextField(blank=True, max_length=2000, verbose_name='本周计划')),
                ('planned_at', models.DateTimeField(blank=True, null=True)),
                ('figures', models.JSONField(blank=True, default=dict)),
                ('notes', models.TextField(blank=True, max_length=2000, verbose_name='组长记录')),
                ('held_at', models.DateTimeField(blank=True, null=True)),
                ('answer', models.CharField(blank=True, max_length=400, verbose_name='本人意见')),
                ('acknowledged_at', models.DateTimeField(blank=True, null=True)),
                ('held_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='week_reviews', to=settings.AUTH_USER_MODEL, verbose_name='人员')),
            ],
            options={
                'verbose_name': '周复盘',
                'verbose_name_plural': '周复盘',
                "constraints": [
                    models.UniqueConstraint(fields=('user', 'week'), name='week_review_once'),
                    models.CheckConstraint(condition=models.Q(('week__iso_week_day', 1)), name='week_review_begins_on_monday'),
                    models.CheckConstraint(condition=models.Q(models.Q(('acknowledged_at__isnull', True), ('held_at__isnull', True), ('held_by__isnull', True), ('state', 'draft')), models.Q(('acknowledged_at__isnull', True), ('held_at__isnull', False), ('held_by__isnull', False), ('state', 'held')), models.Q(('acknowledged_at__isnull', False), ('held_at__isnull', False), ('held_by__isnull', False), ('state', 'acknowledged')), _connector='OR'), name='week_review_stamps'),
                    models.CheckConstraint(condition=models.Q(('held_by', models.F('user')), _negated=True), name='week_review_not_by_oneself'),
                ],
                "indexes": [
                    models.Index(fields=['week'], name='week_review_week_idx'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ReviewAction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('what', models.CharField(max_length=200, verbose_name='做什么')),
                ('due_on', models.DateField(verbose_name='何时')),
                ('measure', models.CharField(max_length=100, verbose_name='以什么衡量')),
                ('done', models.BooleanField(blank=True, null=True, verbose_name='完成')),
                ('outcome', models.CharField(blank=True, max_length=200, verbose_name='结果')),
                ('checked_at', models.DateTimeField(blank=True, null=True)),
                ('checked_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('who', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='谁')),
                ('review', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='actions', to='agents.weekreview')),
            ],
            options={
                'verbose_name': '约定事项',
                'verbose_name_plural': '约定事项',
                "constraints": [
                    models.CheckConstraint(condition=models.Q(models.Q(('what', ''), _negated=True), models.Q(('measure', ''), _negated=True)), name='review_action_complete'),
                    models.CheckConstraint(condition=models.Q(models.Q(('checked_at__isnull', True), ('checked_by__isnull', True), ('done__isnull', True)), models.Q(('checked_at__isnull', False), ('checked_by__isnull', False), ('done__isnull', False)), _connector='OR'), name='review_action_checked'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Appraisal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', models.DateField(verbose_name='月份')),
                ('state', models.CharField(choices=[('open', '待自评'), ('self', '待组长评定'), ('leader', '待本人确认'), ('agreed', '已一致'), ('disagreed', '有异议，待裁定'), ('decided', '已裁定')], default='open', max_length=12, verbose_name='状态')),
                ('figures', models.JSONField()),
                ('values', models.JSONField()),
                ('weights_version', models.BigIntegerField(default=0, verbose_name='权重版本')),
                ('points', models.DecimalField(decimal_places=2, max_digits=5, verbose_name='公式得分')),
                ('opened_at', models.DateTimeField()),
                ('self_view', models.TextField(blank=True, max_length=2000, verbose_name='自评')),
                ('self_at', models.DateTimeField(blank=True, null=True)),
                ('leader_view', models.TextField(blank=True, max_length=2000, verbose_name='组长评语')),
                ('adjustment', models.DecimalField(decimal_places=2, default=0, max_digits=5, verbose_name='组长调整')),
                ('leader_at', models.DateTimeField(blank=True, null=True)),
                ('answer', models.CharField(blank=True, max_length=400, verbose_name='本人意见')),
                ('answered_at', models.DateTimeField(blank=True, null=True)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('decision', models.CharField(blank=True, max_length=400, verbose_name='裁定理由')),
                ('result', models.DecimalField(blank=True, decimal_places=2, max_digits=5, null=True, verbose_name='最终得分')),
                ('grade', models.CharField(blank=True, max_length=1, verbose_name='等级')),
                ('decided_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('leader', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('opened_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='appraisals', to=settings.AUTH_USER_MODEL, verbose_name='人员')),
            ],
            options={
                'verbose_name': '考核',
                'verbose_name_plural': '考核',
                'indexes': [models.Index(fields=['month'], name='appraisal_month_idx')],
                'constraints': [models.UniqueConstraint(fields=('user', 'month'), name='appraisal_once'), models.CheckConstraint(condition=models.Q(('month__day', 1)), name='appraisal_of_a_month'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['open', 'self']), ('grade', ''), ('leader__isnull', True), ('result__isnull', True)), models.Q(('state__in', ['leader', 'agreed', 'disagreed', 'decided']), ('leader__isnull', False), ('leader_at__isnull', False), ('result__isnull', False), models.Q(('grade', ''), _negated=True)), _connector='OR'), name='appraisal_result_with_leader'), models.CheckConstraint(condition=models.Q(('decided_by__isnull', True), models.Q(models.Q(('decided_by', models.F('leader')), _negated=True), models.Q(('decided_by', models.F('user')), _negated=True)), _connector='OR'), name='appraisal_decided_by_another'), models.CheckConstraint(condition=models.Q(('leader__isnull', True), models.Q(('leader', models.F('user')), _negated=True), _connector='OR'), name='appraisal_not_own'), models.CheckConstraint(condition=models.Q(('adjustment', 0), models.Q(('leader_view', ''), _negated=True), _connector='OR'), name='appraisal_adjusted_in_words'), models.CheckConstraint(condition=models.Q(('result__isnull', True), models.Q(('result__gte', 0), ('result__lte', 100)), _connector='OR'), name='appraisal_result_range')],
            },
        ),
        migrations.CreateModel(
            name='RewardProposal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', models.DateField(verbose_name='月份')),
                ('rule', models.CharField(max_length=32, verbose_name='规则')),
                ('name', models.CharField(max_length=64, verbose_name='名称')),
                ('kind', models.CharField(choices=[('reward', '奖励'), ('penalty', '处罚')], max_length=8, verbose_name='类型')),
                ('amount', models.DecimalField(decimal_places=2, max_digits=14, verbose_name='金额')),
                ('arithmetic', models.JSONField(default=list)),
                ('conditions', models.JSONField(default=list)),
                ('voided_by', models.CharField(blank=True, max_length=32, verbose_name='作废条件')),
                ('state', models.CharField(choices=[('proposed', '待第一人批准'), ('first', '待第二人批准'), ('final', '已批准'), ('rejected', '已驳回'), ('voided', '条件不符，作废'), ('withdrawn', '申诉成立，撤销')], default='proposed', max_length=12, verbose_name='状态')),
                ('proposed_at', models.DateTimeField()),
                ('first_at', models.DateTimeField(blank=True, null=True)),
                ('second_at', models.DateTimeField(blank=True, null=True)),
                ('rejected_at', models.DateTimeField(blank=True, null=True)),
                ('reject_reason', models.CharField(blank=True, max_length=200, verbose_name='驳回原因')),
                ('appeal', models.CharField(blank=True, max_length=400, verbose_name='申诉')),
                ('appeal_state', models.CharField(blank=True, choices=[('', '无申诉'), ('open', '申诉中'), ('dismissed', '申诉不成立'), ('upheld', '申诉成立')], default='', max_length=12, verbose_name='申诉结果')),
                ('appealed_at', models.DateTimeField(blank=True, null=True)),
                ('appeal_at', models.DateTimeField(blank=True, null=True)),
                ('appeal_note', models.CharField(blank=True, max_length=400, verbose_name='申诉答复')),
                ('appeal_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('first_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('proposed_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('rejected_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('second_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rewards', to=settings.AUTH_USER_MODEL, verbose_name='人员')),
                ('rules', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='agents.rewardrules')),
            ],
            options={
                'verbose_name': '奖惩',
                'verbose_name_plural': '奖惩',
                'indexes': [models.Index(fields=['month'], name='reward_month_idx'), models.Index(condition=models.Q(('state__in', ['proposed', 'first'])), fields=['state'], name='reward_waits_idx')],
                'constraints': [models.UniqueConstraint(fields=('user', 'month', 'rule'), name='reward_once'), models.CheckConstraint(condition=models.Q(('amount__gt', 0), ('month__day', 1)), name='reward_of_a_month'), models.CheckConstraint(condition=models.Q(('first_by__isnull', True), models.Q(models.Q(('first_by', models.F('user')), _negated=True), models.Q(('first_by', models.F('proposed_by')), _negated=True)), _connector='OR'), name='reward_first_is_another'), models.CheckConstraint(condition=models.Q(('second_by__isnull', True), models.Q(('first_by__isnull', False), models.Q(('second_by', models.F('first_by')), _negated=True), models.Q(('second_by', models.F('user')), _negated=True), models.Q(('second_by', models.F('proposed_by')), _negated=True)), _connector='OR'), name='reward_second_is_another'), models.CheckConstraint(condition=models.Q(models.Q(('first_by__isnull', True), ('state', 'proposed')), models.Q(('first_by__isnull', False), ('second_by__isnull', True), ('state', 'first')), models.Q(('second_by__isnull', False), ('state__in', ['final', 'withdrawn'])), models.Q(('rejected_by__isnull', False), ('state', 'rejected'), models.Q(('reject_reason', ''), _negated=True)), models.Q(('state', 'voided'), models.Q(('voided_by', ''), _negated=True)), _connector='OR'), name='reward_state_stamped'), models.CheckConstraint(condition=models.Q(('voided_by', ''), models.Q(('kind', 'reward'), ('state', 'voided')), _connector='OR'), name='reward_voided_says_so')],
            },
        ),
    ]
