"""Scorecards: schemes in versions, scorecards in revisions.

The database keeps what must never be: an approved scheme that is changed or that breaks CN-A-04 (recovery at most 70 points
of 100, compliance at least 20, complaints at least 5), a scorecard that is edited.
"""

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

FORWARD = """
CREATE FUNCTION vendors_keep_scheme() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    whole numeric; recovery numeric; compliance numeric; complaints numeric;
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.state = 'approved' THEN
        RAISE EXCEPTION 'an approved scheme is never changed' USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.state = 'approved' THEN
        SELECT coalesce(sum(weight), 0),
               coalesce(sum(weight) FILTER (WHERE criterion IN ('recovery', 'roll')), 0),
               coalesce(sum(weight) FILTER (WHERE criterion IN ('breaches', 'quality', 'security', 'punctuality')), 0),
               coalesce(sum(weight) FILTER (WHERE criterion = 'complaints'), 0)
        INTO whole, recovery, compliance, complaints
        FROM vendors_schemeitem WHERE scheme_id = NEW.id;
        IF whole <> 100 OR recovery > 70 OR compliance < 20 OR complaints < 5 THEN
            RAISE EXCEPTION 'CN-A-04: weights % of 100, recovery %, compliance %, complaints %',
                whole, recovery, compliance, complaints USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER vendors_scorecardscheme_kept BEFORE INSERT OR UPDATE OR DELETE ON vendors_scorecardscheme
    FOR EACH ROW EXECUTE FUNCTION vendors_keep_scheme();

CREATE FUNCTION vendors_keep_scheme_rows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    of_schemes bigint[] := '{}';
BEGIN
    IF TG_TABLE_NAME = 'vendors_curvepoint' THEN
        IF TG_OP <> 'INSERT' THEN
            of_schemes := of_schemes || (SELECT scheme_id FROM vendors_schemeitem WHERE id = OLD.item_id);
        END IF;
        IF TG_OP <> 'DELETE' THEN
            of_schemes := of_schemes || (SELECT scheme_id FROM vendors_schemeitem WHERE id = NEW.item_id);
        END IF;
    ELSE
        IF TG_OP <> 'INSERT' THEN
            of_schemes := of_schemes || OLD.scheme_id;
        END IF;
        IF TG_OP <> 'DELETE' THEN
            of_schemes := of_schemes || NEW.scheme_id;
        END IF;
    END IF;
    -- The scheme is locked, so that it is not approved while its rows are being changed.
    PERFORM FROM vendors_scorecardscheme WHERE id = ANY(of_schemes) ORDER BY id FOR SHARE;
    IF EXISTS (SELECT FROM vendors_scorecardscheme WHERE id = ANY(of_schemes) AND state = 'approved') THEN
        RAISE EXCEPTION 'the rows of an approved scheme are never changed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER vendors_schemeitem_kept BEFORE INSERT OR UPDATE OR DELETE ON vendors_schemeitem
    FOR EACH ROW EXECUTE FUNCTION vendors_keep_scheme_rows();
CREATE TRIGGER vendors_curvepoint_kept BEFORE INSERT OR UPDATE OR DELETE ON vendors_curvepoint
    FOR EACH ROW EXECUTE FUNCTION vendors_keep_scheme_rows();

CREATE FUNCTION vendors_keep_scorecard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a scorecard is never changed: other facts are another revision' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER vendors_scorecard_kept BEFORE UPDATE OR DELETE ON vendors_scorecard
    FOR EACH ROW EXECUTE FUNCTION vendors_keep_scorecard();
CREATE TRIGGER vendors_scorecarditem_kept BEFORE UPDATE OR DELETE ON vendors_scorecarditem
    FOR EACH ROW EXECUTE FUNCTION vendors_keep_scorecard();
CREATE TRIGGER vendors_scorecardstratum_kept BEFORE UPDATE OR DELETE ON vendors_scorecardstratum
    FOR EACH ROW EXECUTE FUNCTION vendors_keep_scorecard();
"""
BACK = """
DROP TRIGGER vendors_scorecardstratum_kept ON vendors_scorecardstratum;
DROP TRIGGER vendors_scorecarditem_kept ON vendors_scorecarditem;
DROP TRIGGER vendors_scorecard_kept ON vendors_scorecard;
DROP FUNCTION vendors_keep_scorecard;
DROP TRIGGER vendors_curvepoint_kept ON vendors_curvepoint;
DROP TRIGGER vendors_schemeitem_kept ON vendors_schemeitem;
DROP FUNCTION vendors_keep_scheme_rows;
DROP TRIGGER vendors_scorecardscheme_kept ON vendors_scorecardscheme;
DROP FUNCTION vendors_keep_scheme;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('vendors', '0005_bench'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ScorecardScheme',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField(verbose_name='版本')),
                ('effective_from', models.DateField(verbose_name='生效日期')),
                ('state', models.CharField(choices=[('draft', '草稿'), ('submitted', '待批准'), ('approved', '已生效'), ('withdrawn', '已撤回')], default='draft', max_length=9, verbose_name='状态')),
                ('is_shipped', models.BooleanField(default=False, verbose_name='随产品提供')),
                ('grade_a', models.DecimalField(decimal_places=2, default=85, max_digits=5, verbose_name='A 级分数线')),
                ('grade_b', models.DecimalField(decimal_places=2, default=70, max_digits=5, verbose_name='B 级分数线')),
                ('grade_c', models.DecimalField(decimal_places=2, default=60, max_digits=5, verbose_name='C 级分数线')),
                ('note', models.CharField(blank=True, max_length=400, verbose_name='说明')),
                ('made_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='创建时间')),
                ('submitted_at', models.DateTimeField(blank=True, null=True, verbose_name='提交时间')),
                ('approved_at', models.DateTimeField(blank=True, null=True, verbose_name='批准时间')),
                ('approved_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('made_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': '评分方案',
                'verbose_name_plural': '评分方案',
            },
        ),
        migrations.CreateModel(
            name='Scorecard',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', models.DateField(help_text='当月第一天', verbose_name='月份')),
                ('revision', models.PositiveSmallIntegerField(verbose_name='修订')),
                ('known_by', models.DateTimeField(verbose_name='已知截至')),
                ('made_at', models.DateTimeField(verbose_name='生成时间')),
                ('score', models.DecimalField(decimal_places=2, max_digits=5, verbose_name='得分')),
                ('grade', models.CharField(choices=[('A', 'A'), ('B', 'B'), ('C', 'C'), ('D', 'D')], max_length=1, verbose_name='评级')),
                ('vetoed', models.BooleanField(default=False, verbose_name='一票否决')),
                ('critical', models.PositiveIntegerField(default=0, verbose_name='红线违规(起)')),
                ('compliance_score', models.DecimalField(decimal_places=2, max_digits=5, verbose_name='合规得分')),
                ('cases', models.PositiveIntegerField(verbose_name='在手案件')),
                ('placed', models.DecimalField(decimal_places=2, max_digits=16, verbose_name='委案金额')),
                ('exposed', models.DecimalField(decimal_places=2, max_digits=16, verbose_name='按在手天数折算的委案金额')),
                ('observed', models.DecimalField(decimal_places=2, max_digits=16, verbose_name='实际回款')),
                ('expected', models.DecimalField(decimal_places=2, max_digits=16, verbose_name='预期回款')),
                ('ratio', models.DecimalField(decimal_places=4, max_digits=10, null=True, verbose_name='实际÷预期')),
                ('lower', models.DecimalField(decimal_places=4, max_digits=10, null=True, verbose_name='95% 下限')),
                ('upper', models.DecimalField(decimal_places=4, max_digits=10, null=True, verbose_name='95% 上限')),
                ('lower998', models.DecimalField(decimal_places=4, max_digits=10, null=True, verbose_name='99.8% 下限')),
                ('upper998', models.DecimalField(decimal_places=4, max_digits=10, null=True, verbose_name='99.8% 上限')),
                ('dispersion', models.DecimalField(decimal_places=4, default=1, max_digits=10, verbose_name='离散系数')),
                ('verdict', models.CharField(choices=[('better', '好于预期'), ('worse', '差于预期'), ('as_expected', '与预期相当'), ('cannot_tell', '无法区分')], max_length=11, verbose_name='与预期相比')),
                ('why', models.CharField(blank=True, choices=[('few_cases', '案件太少'), ('wide', '回款波动太大，界限太宽'), ('alone', '没有可比的机构'), ('no_rate', '同类案件没有回款，没有预期')], max_length=16, verbose_name='无法区分的原因')),
                ('share_now', models.DecimalField(decimal_places=2, max_digits=5, verbose_name='目前份额(%)')),
                ('share_proposed', models.DecimalField(decimal_places=2, max_digits=5, verbose_name='建议份额(%)')),
                ('facts_digest', models.CharField(max_length=64)),
                ('digest', models.CharField(max_length=64)),
                ('agency', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='scorecards', to='vendors.agency', verbose_name='机构')),
                ('made_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('scheme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='scorecards', to='vendors.scorecardscheme', verbose_name='评分方案')),
            ],
            options={
                'verbose_name': '评分卡',
                'verbose_name_plural': '评分卡',
            },
        ),
        migrations.CreateModel(
            name='SchemeItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('criterion', models.CharField(choices=[('recovery', '回款(实际÷预期)'), ('roll', '迁徙(实际÷预期)'), ('contact', '本人触达率(%)'), ('complaints', '投诉(每万名已联系客户)'), ('breaches', '违规(扣分)'), ('quality', '质检平均分'), ('security', '信息安全缺陷(项)'), ('punctuality', '迟交文件(日)')], max_length=12, verbose_name='指标')),
                ('weight', models.DecimalField(decimal_places=2, max_digits=5, verbose_name='权重(分)')),
                ('scheme', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='vendors.scorecardscheme')),
            ],
            options={
                'verbose_name': '评分指标',
                'verbose_name_plural': '评分指标',
                'ordering': ('pk',),
            },
        ),
        migrations.CreateModel(
            name='ScorecardStratum',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('stage', models.PositiveSmallIntegerField(verbose_name='委案时阶段')),
                ('age_band', models.PositiveSmallIntegerField(verbose_name='委案账龄档')),
                ('balance_band', models.PositiveSmallIntegerField(verbose_name='金额档')),
                ('product', models.CharField(blank=True, max_length=64, verbose_name='产品')),
                ('earlier', models.PositiveSmallIntegerField(verbose_name='曾委外次数')),
                ('cases', models.PositiveIntegerField(verbose_name='案件')),
                ('amount', models.DecimalField(decimal_places=2, max_digits=16, verbose_name='委案金额')),
                ('exposed', models.DecimalField(decimal_places=2, max_digits=16, verbose_name='按在手天数折算的委案金额')),
                ('observed', models.DecimalField(decimal_places=2, max_digits=16, verbose_name='实际回款')),
                ('expected', models.DecimalField(decimal_places=2, max_digits=16, verbose_name='预期回款')),
                ('merged', models.PositiveSmallIntegerField(default=0, verbose_name='合并级别')),
                ('pool_cases', models.PositiveIntegerField(verbose_name='同层全部案件')),
                ('rate', models.DecimalField(decimal_places=6, max_digits=12, verbose_name='同层回款率')),
                ('scorecard', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='strata', to='vendors.scorecard')),
            ],
            options={
                'verbose_name': '评分卡分层',
                'verbose_name_plural': '评分卡分层',
            },
        ),
        migrations.CreateModel(
            name='CurvePoint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('value', models.DecimalField(decimal_places=4, max_digits=12, verbose_name='指标值')),
                ('share', models.DecimalField(decimal_places=4, max_digits=5, verbose_name='得分比例')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='points', to='vendors.schemeitem')),
            ],
            options={
                'verbose_name': '得分曲线',
                'verbose_name_plural': '得分曲线',
                'ordering': ('value',),
                'constraints': [models.UniqueConstraint(fields=('item', 'value'), name='curve_point_value_once'), models.CheckConstraint(condition=models.Q(('share__gte', 0), ('share__lte', 1)), name='curve_point_share')],
            },
        ),
        migrations.CreateModel(
            name='ScorecardItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('criterion', models.CharField(choices=[('recovery', '回款(实际÷预期)'), ('roll', '迁徙(实际÷预期)'), ('contact', '本人触达率(%)'), ('complaints', '投诉(每万名已联系客户)'), ('breaches', '违规(扣分)'), ('quality', '质检平均分'), ('security', '信息安全缺陷(项)'), ('punctuality', '迟交文件(日)')], max_length=12, verbose_name='指标')),
                ('value', models.DecimalField(decimal_places=4, max_digits=16, null=True, verbose_name='指标值')),
                ('expected', models.DecimalField(decimal_places=4, max_digits=16, null=True, verbose_name='预期值')),
                ('numerator', models.DecimalField(decimal_places=2, max_digits=16, null=True, verbose_name='分子')),
                ('denominator', models.DecimalField(decimal_places=2, max_digits=16, null=True, verbose_name='分母')),
                ('weight', models.DecimalField(decimal_places=2, max_digits=5, verbose_name='权重(分)')),
                ('points', models.DecimalField(decimal_places=2, max_digits=5, verbose_name='得分')),
                ('lost', models.DecimalField(decimal_places=2, max_digits=5, verbose_name='失分')),
                ('why', models.CharField(blank=True, max_length=16, verbose_name='未评原因')),
                ('changes', models.JSONField(default=list, verbose_name='怎样改变得分')),
                ('scorecard', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='items', to='vendors.scorecard')),
            ],
            options={
                'verbose_name': '评分卡指标',
                'verbose_name_plural': '评分卡指标',
                'ordering': ('pk',),
                'constraints': [models.UniqueConstraint(fields=('scorecard', 'criterion'), name='scorecard_item_criterion_once'), models.CheckConstraint(condition=models.Q(models.Q(('value__isnull', False), ('why', '')), models.Q(('value__isnull', True), ('weight', 0), models.Q(('why', ''), _negated=True)), _connector='OR'), name='scorecard_item_judged_or_why'), models.CheckConstraint(condition=models.Q(('lost__gte', 0), ('points__gte', 0), ('weight', django.db.models.expressions.CombinedExpression(models.F('points'), '+', models.F('lost')))), name='scorecard_item_adds_up')],
            },
        ),
        migrations.AddConstraint(
            model_name='scorecardscheme',
            constraint=models.UniqueConstraint(fields=('number',), name='scorecard_scheme_number_once'),
        ),
        migrations.AddConstraint(
            model_name='scorecardscheme',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'approved')), fields=('effective_from',), name='scorecard_scheme_day_once'),
        ),
        migrations.AddConstraint(
            model_name='scorecardscheme',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'approved'), _negated=True), models.Q(('approved_at__isnull', False), models.Q(('is_shipped', True), models.Q(('approved_by__isnull', False), ('made_by__isnull', False)), _connector='OR')), _connector='OR'), name='scorecard_scheme_approved_by'),
        ),
        migrations.AddConstraint(
            model_name='scorecardscheme',
            constraint=models.CheckConstraint(condition=models.Q(('approved_by__isnull', True), models.Q(('approved_by', models.F('made_by')), _negated=True), _connector='OR'), name='scorecard_scheme_two_people'),
        ),
        migrations.AddConstraint(
            model_name='scorecardscheme',
            constraint=models.CheckConstraint(condition=models.Q(('is_shipped', False), models.Q(('approved_by__isnull', True), ('made_by__isnull', True), ('number', 1)), _connector='OR'), name='scorecard_scheme_shipped_by_nobody'),
        ),
        migrations.AddConstraint(
            model_name='scorecardscheme',
            constraint=models.CheckConstraint(condition=models.Q(('grade_a__gt', models.F('grade_b')), ('grade_a__lte', 100), ('grade_b__gt', models.F('grade_c')), ('grade_c__gt', 0)), name='scorecard_scheme_grades'),
        ),
        migrations.AddIndex(
            model_name='scorecard',
            index=models.Index(fields=['month', 'agency', '-revision'], name='scorecard_month_idx'),
        ),
        migrations.AddConstraint(
            model_name='scorecard',
            constraint=models.UniqueConstraint(fields=('agency', 'month', 'revision'), name='scorecard_revision_once'),
        ),
        migrations.AddConstraint(
            model_name='scorecard',
            constraint=models.CheckConstraint(condition=models.Q(('month__day', 1)), name='scorecard_first_of_month'),
        ),
        migrations.AddConstraint(
            model_name='scorecard',
            constraint=models.CheckConstraint(condition=models.Q(('score__gte', 0), ('score__lte', 100)), name='scorecard_score'),
        ),
        migrations.AddConstraint(
            model_name='scorecard',
            constraint=models.CheckConstraint(condition=models.Q(('vetoed', False), models.Q(('critical__gt', 0), ('grade', 'D')), _connector='OR'), name='scorecard_veto_is_d'),
        ),
        migrations.AddConstraint(
            model_name='scorecard',
            constraint=models.CheckConstraint(condition=models.Q(('share_now__gte', 0), ('share_now__lte', 100), ('share_proposed__gte', 0), ('share_proposed__lte', 100)), name='scorecard_shares'),
        ),
        migrations.AddConstraint(
            model_name='schemeitem',
            constraint=models.UniqueConstraint(fields=('scheme', 'criterion'), name='scheme_item_criterion_once'),
        ),
        migrations.AddConstraint(
            model_name='schemeitem',
            constraint=models.CheckConstraint(condition=models.Q(('weight__gt', 0), ('weight__lte', 100)), name='scheme_item_weight'),
        ),
        migrations.AddConstraint(
            model_name='scorecardstratum',
            constraint=models.UniqueConstraint(fields=('scorecard', 'stage', 'age_band', 'balance_band', 'product', 'earlier'), name='scorecard_stratum_once'),
        ),
        migrations.AddConstraint(
            model_name='scorecardstratum',
            constraint=models.CheckConstraint(condition=models.Q(('earlier__lte', 2), ('merged__lte', 5)), name='scorecard_stratum_levels'),
        ),
        migrations.AddConstraint(
            model_name='scorecard',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('verdict', 'cannot_tell'), models.Q(('why', ''), _negated=True)), models.Q(models.Q(('verdict', 'cannot_tell'), _negated=True), ('why', '')), _connector='OR'), name='scorecard_untold_why'),
        ),
        migrations.RunSQL(FORWARD, BACK),
    ]
