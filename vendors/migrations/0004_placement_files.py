"""Plans of batches, their files, and recalls. Files, receipts, downloads and steps are never changed: the database sees to it."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


APPEND_ONLY = ("placementfile", "placementreceipt", "filedownload", "recallstep", "fieldprofile")
FORWARD = """
CREATE FUNCTION vendors_keep_placement_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'check_violation';
END $$;
CREATE FUNCTION vendors_receipt_counts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.count <> (SELECT rows FROM vendors_placementfile WHERE id = NEW.file_id) THEN
        RAISE EXCEPTION 'a receipt counts what its file holds' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER vendors_receipt_counts BEFORE INSERT ON vendors_placementreceipt
    FOR EACH ROW EXECUTE FUNCTION vendors_receipt_counts();
""" + "".join(
    f"CREATE TRIGGER vendors_{table}_kept BEFORE UPDATE OR DELETE ON vendors_{table}"
    " FOR EACH ROW EXECUTE FUNCTION vendors_keep_placement_row();"
    for table in APPEND_ONLY
)
BACK = "".join(f"DROP TRIGGER vendors_{table}_kept ON vendors_{table};" for table in APPEND_ONLY) + """
DROP TRIGGER vendors_receipt_counts ON vendors_placementreceipt;
DROP FUNCTION vendors_receipt_counts;
DROP FUNCTION vendors_keep_placement_row;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('vendors', '0003_disputes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='PlacementFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField(verbose_name='第几份')),
                ('stored_name', models.CharField(max_length=80)),
                ('sha256', models.CharField(max_length=64)),
                ('rows', models.PositiveIntegerField(verbose_name='案件数')),
                ('full_phone', models.BooleanField(verbose_name='本人电话不脱敏')),
                ('made_at', models.DateTimeField(verbose_name='生成时间')),
                ('agency', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='files', to='vendors.agency')),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='files', to='vendors.placementbatch')),
                ('made_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': '委案文件',
                'verbose_name_plural': '委案文件',
            },
        ),
        migrations.CreateModel(
            name='PlacementPlan',
            fields=[
                ('batch', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='plan', serialize=False, to='vendors.placementbatch')),
                ('assigned', models.JSONField(default=dict)),
                ('strata', models.JSONField(default=dict)),
                ('left_out', models.JSONField(default=dict)),
                ('stayed', models.JSONField(default=dict)),
            ],
            options={
                'verbose_name': '委外预览',
                'verbose_name_plural': '委外预览',
            },
        ),
        migrations.CreateModel(
            name='FieldProfile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('effective_from', models.DateField(verbose_name='生效日期')),
                ('full_phone', models.BooleanField(default=False, verbose_name='本人电话不脱敏')),
                ('reason', models.CharField(max_length=200, verbose_name='必要性说明')),
                ('set_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='设定时间')),
                ('agency', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='field_profiles', to='vendors.agency')),
                ('set_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': '文件字段约定',
                'verbose_name_plural': '文件字段约定',
            },
        ),
        migrations.CreateModel(
            name='FileDownload',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(max_length=200, verbose_name='用途')),
                ('taken_at', models.DateTimeField(verbose_name='下载时间')),
                ('taken_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='downloads', to='vendors.placementfile')),
            ],
            options={
                'verbose_name': '委案文件下载',
                'verbose_name_plural': '委案文件下载',
            },
        ),
        migrations.CreateModel(
            name='RecallBatch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=32, verbose_name='退案编号')),
                ('state', models.CharField(choices=[('pending', '待退案'), ('final', '已退案')], default='pending', max_length=7, verbose_name='状态')),
                ('made_at', models.DateTimeField(verbose_name='创建时间')),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='退案时间')),
                ('totals', models.JSONField(default=dict, verbose_name='合计')),
                ('agency', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='recalls', to='vendors.agency', verbose_name='机构')),
                ('finished_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('made_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': '退案批次',
                'verbose_name_plural': '退案批次',
            },
        ),
        migrations.CreateModel(
            name='RecallItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(max_length=32, verbose_name='原因')),
                ('state', models.CharField(choices=[('pending', '待退案'), ('keep_asked', '申请留案'), ('kept', '留案'), ('recalled', '已退案'), ('closed', '随案件结案'), ('lapsed', '不再需要')], default='pending', max_length=10, verbose_name='状态')),
                ('keep_until', models.DateField(blank=True, null=True, verbose_name='留案至')),
                ('placement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='recall_items', to='vendors.placement')),
                ('recall', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='items', to='vendors.recallbatch')),
            ],
            options={
                'verbose_name': '退案明细',
                'verbose_name_plural': '退案明细',
            },
        ),
        migrations.CreateModel(
            name='RecallStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('pending', '待退案'), ('keep_asked', '申请留案'), ('kept', '留案'), ('recalled', '已退案'), ('closed', '随案件结案'), ('lapsed', '不再需要')], max_length=10, verbose_name='状态')),
                ('words', models.CharField(blank=True, max_length=400, verbose_name='说明')),
                ('at', models.DateTimeField(verbose_name='时间')),
                ('actor', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='vendors.recallitem')),
            ],
            options={
                'verbose_name': '退案步骤',
                'verbose_name_plural': '退案步骤',
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='PlacementReceipt',
            fields=[
                ('file', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='receipt', serialize=False, to='vendors.placementfile')),
                ('received_on', models.DateField(verbose_name='签收日期')),
                ('received_by', models.CharField(max_length=32, verbose_name='机构签收人')),
                ('count', models.PositiveIntegerField(verbose_name='签收件数')),
                ('recorded_at', models.DateTimeField(verbose_name='登记时间')),
                ('recorded_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': '委案签收',
                'verbose_name_plural': '委案签收',
            },
        ),
        migrations.AddConstraint(
            model_name='placementfile',
            constraint=models.UniqueConstraint(fields=('batch', 'agency', 'number'), name='placement_file_number_once'),
        ),
        migrations.AddConstraint(
            model_name='placementfile',
            constraint=models.CheckConstraint(condition=models.Q(('rows__gt', 0)), name='placement_file_not_empty'),
        ),
        migrations.AddConstraint(
            model_name='recallbatch',
            constraint=models.UniqueConstraint(fields=('number',), name='recall_number_unique'),
        ),
        migrations.AddConstraint(
            model_name='recallbatch',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'pending')), fields=('agency',), name='recall_one_pending'),
        ),
        migrations.AddConstraint(
            model_name='recallbatch',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('finished_at__isnull', True), ('state', 'pending')), models.Q(('finished_at__isnull', False), ('finished_by__isnull', False), ('state', 'final')), _connector='OR'), name='recall_finished_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='recallitem',
            constraint=models.UniqueConstraint(fields=('recall', 'placement'), name='recall_item_once'),
        ),
        migrations.AddConstraint(
            model_name='recallitem',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['pending', 'keep_asked'])), fields=('placement',), name='recall_item_waits_once'),
        ),
        migrations.AddConstraint(
            model_name='recallitem',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'kept'), _negated=True), ('keep_until__isnull', False), _connector='OR'), name='recall_item_kept_until'),
        ),
        migrations.AddConstraint(
            model_name='recallstep',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['keep_asked', 'kept']), _negated=True), models.Q(('words', ''), _negated=True), _connector='OR'), name='recall_step_keep_with_words'),
        ),
        migrations.RunSQL(FORWARD, BACK),
    ]
