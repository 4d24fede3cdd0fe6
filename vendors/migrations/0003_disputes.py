"""What an agency says against a line: written once, resolved once."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

FORWARD = """
CREATE FUNCTION vendors_keep_dispute() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a dispute is never deleted' USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.resolution <> ''
       OR (to_jsonb(NEW) - '{resolution,agreed,resolved_by_id,resolved_at,resolution_note}'::text[])
       <> (to_jsonb(OLD) - '{resolution,agreed,resolved_by_id,resolved_at,resolution_note}'::text[])
    THEN
        RAISE EXCEPTION 'a dispute is resolved once and otherwise never changed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER vendors_linedispute_kept BEFORE UPDATE OR DELETE ON vendors_linedispute
    FOR EACH ROW EXECUTE FUNCTION vendors_keep_dispute();
"""
BACK = """
DROP TRIGGER vendors_linedispute_kept ON vendors_linedispute;
DROP FUNCTION vendors_keep_dispute;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0025_desk_grace'),
        ('vendors', '0002_frozen'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='LineDispute',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(max_length=200, verbose_name='争议理由')),
                ('evidence', models.TextField(blank=True, verbose_name='依据')),
                ('claimed', models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True, verbose_name='机构主张(元)')),
                ('disputed_at', models.DateTimeField(verbose_name='提出时间')),
                ('resolution', models.CharField(blank=True, choices=[('upheld', '按机构主张'), ('partly', '双方商定'), ('rejected', '维持原金额')], max_length=8, verbose_name='处理结果')),
                ('agreed', models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True, verbose_name='确认金额(元)')),
                ('resolved_at', models.DateTimeField(blank=True, null=True, verbose_name='处理时间')),
                ('resolution_note', models.CharField(blank=True, max_length=400, verbose_name='处理说明')),
            ],
            options={
                'verbose_name': '结算争议',
                'verbose_name_plural': '结算争议',
            },
        ),
        migrations.RemoveConstraint(
            model_name='settlementline',
            name='settlement_line_taken_back_once',
        ),
        migrations.AddConstraint(
            model_name='settlementline',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'clawback'), ('of_line__isnull', False)), fields=('of_line',), name='settlement_line_taken_back_once'),
        ),
        migrations.AddField(
            model_name='linedispute',
            name='disputed_by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='linedispute',
            name='line',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='dispute', to='vendors.settlementline', verbose_name='明细'),
        ),
        migrations.AddField(
            model_name='linedispute',
            name='resolved_by',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='linedispute',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('agreed__isnull', True), ('resolution', ''), ('resolved_at__isnull', True)), models.Q(models.Q(('resolution', ''), _negated=True), ('agreed__isnull', False), ('resolved_at__isnull', False)), _connector='OR'), name='line_dispute_resolved_whole'),
        ),
        migrations.RunSQL(FORWARD, BACK),
    ]
