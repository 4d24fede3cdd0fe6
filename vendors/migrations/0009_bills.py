"""Bills of agencies beside our statements, and accruals. What was claimed, compared, answered or booked stays as it was."""

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

KEPT = ("billline", "billmatch", "billside", "billanswer", "accrual")
FORWARD = """
CREATE FUNCTION vendors_keep_claimed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was claimed, compared, answered or booked is never changed' USING ERRCODE = 'check_violation';
END $$;

CREATE FUNCTION vendors_keep_bill() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a bill is never deleted' USING ERRCODE = 'check_violation';
    END IF;
    IF (to_jsonb(NEW) - '{replaced_at,settlement_id,compared_at}'::text[])
       <> (to_jsonb(OLD) - '{replaced_at,settlement_id,compared_at}'::text[])
       OR OLD.replaced_at IS NOT NULL
       OR (OLD.settlement_id IS NOT NULL
           AND (NEW.settlement_id, NEW.compared_at) IS DISTINCT FROM (OLD.settlement_id, OLD.compared_at))
    THEN
        RAISE EXCEPTION 'a bill is compared once, replaced once and otherwise never changed'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER vendors_agencybill_kept BEFORE UPDATE OR DELETE ON vendors_agencybill
    FOR EACH ROW EXECUTE FUNCTION vendors_keep_bill();

CREATE FUNCTION vendors_answer_fits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM vendors_billmatch m JOIN vendors_agencybill b ON b.id = m.bill_id
        WHERE m.id = NEW.match_id AND m.kind = 'theirs' AND b.replaced_at IS NULL)
    THEN
        RAISE EXCEPTION 'only what the agency alone has in the bill that counts is answered' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER vendors_billanswer_fits BEFORE INSERT ON vendors_billanswer
    FOR EACH ROW EXECUTE FUNCTION vendors_answer_fits();

CREATE FUNCTION vendors_accrual_reversed_whole() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.reverses_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM vendors_accrual o
        WHERE o.id = NEW.reverses_id AND o.reverses_id IS NULL AND o.agency_id = NEW.agency_id AND o.period = NEW.period
          AND o.amount = -NEW.amount AND o.tax = -NEW.tax)
    THEN
        RAISE EXCEPTION 'an accrual is reversed whole, by the opposite amount' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER vendors_accrual_whole BEFORE INSERT ON vendors_accrual
    FOR EACH ROW EXECUTE FUNCTION vendors_accrual_reversed_whole();
""" + "".join(
    f"CREATE TRIGGER vendors_{table}_kept BEFORE UPDATE OR DELETE ON vendors_{table}"
    " FOR EACH ROW EXECUTE FUNCTION vendors_keep_claimed();\n"
    for table in KEPT
)
BACK = "".join(f"DROP TRIGGER vendors_{table}_kept ON vendors_{table};\n" for table in KEPT) + """
DROP TRIGGER vendors_billanswer_fits ON vendors_billanswer;
DROP FUNCTION vendors_answer_fits;
DROP TRIGGER vendors_accrual_whole ON vendors_accrual;
DROP FUNCTION vendors_accrual_reversed_whole;
DROP TRIGGER vendors_agencybill_kept ON vendors_agencybill;
DROP FUNCTION vendors_keep_bill;
DROP FUNCTION vendors_keep_claimed;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0025_desk_grace'),
        ('vendors', '0008_returned_files'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AgencyBill',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('period', models.DateField(help_text='当月第一天', verbose_name='月份')),
                ('number', models.PositiveSmallIntegerField(verbose_name='第几份')),
                ('file_name', models.CharField(max_length=255, verbose_name='文件名')),
                ('stored_name', models.CharField(max_length=80)),
                ('sha256', models.CharField(max_length=64)),
                ('rows', models.PositiveIntegerField(verbose_name='行数')),
                ('total', models.DecimalField(decimal_places=2, max_digits=14, verbose_name='机构主张(元)')),
                ('uploaded_at', models.DateTimeField(verbose_name='上传时间')),
                ('replaced_at', models.DateTimeField(blank=True, null=True, verbose_name='被替换时间')),
                ('compared_at', models.DateTimeField(blank=True, null=True, verbose_name='核对时间')),
                ('agency', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bills', to='vendors.agency', verbose_name='机构')),
                ('settlement', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='bills', to='vendors.settlement')),
                ('uploaded_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': '机构账单',
                'verbose_name_plural': '机构账单',
            },
        ),
        migrations.CreateModel(
            name='BillLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(verbose_name='行号')),
                ('contract_no', models.CharField(max_length=64, verbose_name='合同编号')),
                ('paid_on', models.DateField(blank=True, null=True, verbose_name='还款日期')),
                ('amount', models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True, verbose_name='还款金额')),
                ('rate', models.DecimalField(blank=True, decimal_places=6, max_digits=12, null=True, verbose_name='费率')),
                ('fee', models.DecimalField(decimal_places=2, max_digits=14, verbose_name='费用')),
                ('bill', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='vendors.agencybill')),
                ('loan', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.loan')),
            ],
            options={
                'verbose_name': '机构账单明细',
                'verbose_name_plural': '机构账单明细',
            },
        ),
        migrations.CreateModel(
            name='BillMatch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('kind', models.CharField(choices=[('agrees', '一致'), ('amount', '计费金额不同'), ('rate', '费率不同'), ('rounding', '取整差异'), ('ours', '仅我方有'), ('theirs', '仅机构有')], max_length=8, verbose_name='类别')),
                ('claimed', models.DecimalField(decimal_places=2, max_digits=14, verbose_name='机构主张(元)')),
                ('ours', models.DecimalField(decimal_places=2, max_digits=14, verbose_name='我方(元)')),
                ('difference', models.DecimalField(decimal_places=2, max_digits=14, verbose_name='相差(元)')),
                ('reason', models.CharField(max_length=24)),
                ('params', models.JSONField(default=dict)),
                ('bill', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='matches', to='vendors.agencybill')),
                ('loan', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.loan')),
            ],
            options={
                'verbose_name': '账单核对结果',
                'verbose_name_plural': '账单核对结果',
            },
        ),
        migrations.CreateModel(
            name='BillAnswer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('resolution', models.CharField(choices=[('rejected', '不予支付'), ('paid', '以后月份补付')], max_length=8, verbose_name='答复')),
                ('agreed', models.DecimalField(decimal_places=2, max_digits=14, verbose_name='补付金额(元)')),
                ('note', models.CharField(max_length=400, verbose_name='答复说明')),
                ('answered_at', models.DateTimeField(verbose_name='答复时间')),
                ('answered_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('placement', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='vendors.placement')),
                ('match', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='answer', to='vendors.billmatch')),
            ],
            options={
                'verbose_name': '账单答复',
                'verbose_name_plural': '账单答复',
            },
        ),
        migrations.CreateModel(
            name='BillSide',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('bill', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='vendors.agencybill')),
                ('match', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sides', to='vendors.billmatch')),
                ('ours', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='vendors.settlementline')),
                ('theirs', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='vendors.billline')),
            ],
            options={
                'verbose_name': '账单核对双方',
                'verbose_name_plural': '账单核对双方',
            },
        ),
        migrations.CreateModel(
            name='Accrual',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('period', models.DateField(help_text='当月第一天', verbose_name='月份')),
                ('booked_on', models.DateField(verbose_name='记账日期')),
                ('amount', models.DecimalField(decimal_places=2, max_digits=14, verbose_name='计提金额(元，含税)')),
                ('tax_rate', models.DecimalField(decimal_places=4, max_digits=5, verbose_name='税率')),
                ('tax', models.DecimalField(decimal_places=2, max_digits=14, verbose_name='其中税额(元)')),
                ('basis', models.CharField(choices=[('statement', '未批准的结算单'), ('engine', '按合同试算'), ('rate', '按以往实际费率估计'), ('none', '无从估计')], max_length=9, verbose_name='依据')),
                ('kinds', models.JSONField(default=dict)),
                ('told', models.JSONField(default=dict)),
                ('known_by', models.DateTimeField(verbose_name='已知截至')),
                ('made_at', models.DateTimeField(verbose_name='计提时间')),
                ('agency', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='accruals', to='vendors.agency', verbose_name='机构')),
                ('made_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('reverses', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reversal', to='vendors.accrual', verbose_name='冲回对象')),
                ('settlement', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='vendors.settlement')),
            ],
            options={
                'verbose_name': '委外费用计提',
                'verbose_name_plural': '委外费用计提',
                'indexes': [models.Index(fields=['booked_on'], name='accrual_booked_idx')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('reverses__isnull', True)), fields=('agency', 'period'), name='accrual_once_a_month'), models.CheckConstraint(condition=models.Q(('period__day', 1)), name='accrual_first_of_month'), models.CheckConstraint(condition=models.Q(models.Q(('reverses__isnull', True), ('settlement__isnull', True)), models.Q(('reverses__isnull', False), ('settlement__isnull', False)), _connector='OR'), name='accrual_reversed_by_a_statement')],
            },
        ),
        migrations.AddConstraint(
            model_name='agencybill',
            constraint=models.UniqueConstraint(fields=('agency', 'period', 'number'), name='agency_bill_number_once'),
        ),
        migrations.AddConstraint(
            model_name='agencybill',
            constraint=models.UniqueConstraint(condition=models.Q(('replaced_at__isnull', True)), fields=('agency', 'period'), name='agency_bill_one_counts'),
        ),
        migrations.AddConstraint(
            model_name='agencybill',
            constraint=models.CheckConstraint(condition=models.Q(('period__day', 1)), name='agency_bill_first_of_month'),
        ),
        migrations.AddConstraint(
            model_name='agencybill',
            constraint=models.CheckConstraint(condition=models.Q(('rows__gt', 0)), name='agency_bill_not_empty'),
        ),
        migrations.AddConstraint(
            model_name='agencybill',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('compared_at__isnull', True), ('settlement__isnull', True)), models.Q(('compared_at__isnull', False), ('settlement__isnull', False)), _connector='OR'), name='agency_bill_compared_whole'),
        ),
        migrations.AddConstraint(
            model_name='billline',
            constraint=models.UniqueConstraint(fields=('bill', 'number'), name='bill_line_number_once'),
        ),
        migrations.AddIndex(
            model_name='billmatch',
            index=models.Index(fields=['bill', 'kind', 'number'], name='bill_match_kind_idx'),
        ),
        migrations.AddConstraint(
            model_name='billmatch',
            constraint=models.UniqueConstraint(fields=('bill', 'number'), name='bill_match_number_once'),
        ),
        migrations.AddConstraint(
            model_name='billmatch',
            constraint=models.CheckConstraint(condition=models.Q(('difference', django.db.models.expressions.CombinedExpression(models.F('claimed'), '-', models.F('ours')))), name='bill_match_difference'),
        ),
        migrations.AddConstraint(
            model_name='billanswer',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('agreed', 0), ('resolution', 'rejected')), models.Q(('resolution', 'paid'), models.Q(('agreed', 0), _negated=True)), _connector='OR'), name='bill_answer_amount'),
        ),
        migrations.AddConstraint(
            model_name='billanswer',
            constraint=models.CheckConstraint(condition=models.Q(('note', ''), _negated=True), name='bill_answer_says_why'),
        ),
        migrations.AddConstraint(
            model_name='billside',
            constraint=models.UniqueConstraint(fields=('bill', 'theirs'), name='bill_side_theirs_once'),
        ),
        migrations.AddConstraint(
            model_name='billside',
            constraint=models.UniqueConstraint(fields=('bill', 'ours'), name='bill_side_ours_once'),
        ),
        migrations.AddConstraint(
            model_name='billside',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ours__isnull', True), ('theirs__isnull', False)), models.Q(('ours__isnull', False), ('theirs__isnull', True)), _connector='OR'), name='bill_side_one_of_two'),
        ),
        migrations.RunSQL(FORWARD, BACK),
    ]
