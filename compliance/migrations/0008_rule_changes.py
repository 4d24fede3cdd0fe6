"""What people change in the packs; what is decided of it stays: triggers refuse to change or delete it, to the owner too."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


KEPT = """
CREATE FUNCTION compliance_keep_rulechange() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.state = 'proposed' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a change of a rule that is decided stays as it is' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER compliance_rulechange_kept BEFORE UPDATE OR DELETE ON compliance_rulechange
    FOR EACH ROW EXECUTE FUNCTION compliance_keep_rulechange();
ALTER TABLE compliance_rulechange ENABLE ALWAYS TRIGGER compliance_rulechange_kept;
"""
REVERSE = "DROP TRIGGER compliance_rulechange_kept ON compliance_rulechange; DROP FUNCTION compliance_keep_rulechange();"


class Migration(migrations.Migration):

    dependencies = [
        ('compliance', '0007_agency_feeds'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='RuleChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('pack', models.CharField(max_length=32, verbose_name='规则包')),
                ('rule', models.CharField(blank=True, max_length=16, verbose_name='规则')),
                ('params', models.JSONField(default=dict)),
                ('verdict', models.CharField(blank=True, max_length=8, verbose_name='处理')),
                ('switched_on', models.BooleanField(blank=True, null=True)),
                ('effective_from', models.DateField(verbose_name='生效日期')),
                ('begins_at', models.DateTimeField(blank=True, null=True)),
                ('state', models.CharField(choices=[('proposed', '待批准'), ('active', '已生效'), ('rejected', '未批准'), ('withdrawn', '已撤回')], default='proposed', max_length=9, verbose_name='状态')),
                ('loosens', models.BooleanField(verbose_name='放宽')),
                ('reason', models.CharField(max_length=200, verbose_name='原因')),
                ('proposed_at', models.DateTimeField(verbose_name='提出时间')),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('decision_reason', models.CharField(blank=True, max_length=200, verbose_name='决定的理由')),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('proposed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': '规则变更',
                'verbose_name_plural': '规则变更',
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('params', {}), ('rule', ''), ('switched_on__isnull', False), ('verdict', '')), models.Q(models.Q(('rule', ''), _negated=True), ('switched_on__isnull', True)), _connector='OR'), name='rule_change_of_rule_or_pack'), models.CheckConstraint(condition=models.Q(models.Q(('loosens', True), ('state', 'active'), _negated=True), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False), models.Q(('decided_by', models.F('proposed_by')), _negated=True)), _connector='OR'), name='rule_change_loosened_by_two'), models.CheckConstraint(condition=models.Q(('decided_by__isnull', True), models.Q(('decided_by', models.F('proposed_by')), _negated=True), _connector='OR'), name='rule_change_decided_by_another'), models.CheckConstraint(condition=models.Q(models.Q(('begins_at__isnull', False), ('state', 'active'), ('begins_at__gte', models.F('proposed_at'))), models.Q(models.Q(('state', 'active'), _negated=True), ('begins_at__isnull', True)), _connector='OR'), name='rule_change_active_begins'), models.UniqueConstraint(condition=models.Q(('state', 'proposed')), fields=('pack', 'rule'), name='rule_change_one_waits')],
            },
        ),
        migrations.RunSQL(KEPT, REVERSE),
    ]
