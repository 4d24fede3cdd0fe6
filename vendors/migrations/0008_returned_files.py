"""What agencies send back. What they claimed and what became of it never changes; a claim is about a payment of its own contract
and amount, and is let go when an import of payments is taken back."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

FORWARD = """
ALTER TABLE vendors_paymentclaim ADD CONSTRAINT vendors_claim_repayment
    FOREIGN KEY (repayment_id) REFERENCES cases_repayment (id) ON DELETE SET NULL;
CREATE FUNCTION vendors_keep_claim() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'claims of agencies are kept' USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'UPDATE' AND (to_jsonb(NEW) - 'repayment_id') <> (to_jsonb(OLD) - 'repayment_id') THEN
        RAISE EXCEPTION 'what an agency claimed never changes' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.repayment_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM cases_repayment r WHERE r.id = NEW.repayment_id AND r.loan_id = NEW.loan_id
          AND r.amount = NEW.amount AND r.status = 'confirmed' AND r.reversal_of_id IS NULL) THEN
        RAISE EXCEPTION 'a claim is about a confirmed payment of its contract and amount' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER vendors_claim_kept BEFORE INSERT OR UPDATE OR DELETE ON vendors_paymentclaim
    FOR EACH ROW EXECUTE FUNCTION vendors_keep_claim();
CREATE FUNCTION vendors_keep_returned_fact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER vendors_returnedfact_kept BEFORE UPDATE OR DELETE ON vendors_returnedfact
    FOR EACH ROW EXECUTE FUNCTION vendors_keep_returned_fact();
CREATE FUNCTION vendors_keep_returned_file() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state IN ('applied', 'discarded', 'refused') THEN
        RAISE EXCEPTION 'a returned file that is done with stays as it is' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER vendors_returnedfile_kept BEFORE UPDATE OF state, sha256, agency_id, kind, first_day, last_day, applied_at
    ON vendors_returnedfile FOR EACH ROW EXECUTE FUNCTION vendors_keep_returned_file();
"""
BACK = """
DROP TRIGGER vendors_returnedfile_kept ON vendors_returnedfile;
DROP TRIGGER vendors_returnedfact_kept ON vendors_returnedfact;
DROP TRIGGER vendors_claim_kept ON vendors_paymentclaim;
DROP FUNCTION vendors_keep_returned_file;
DROP FUNCTION vendors_keep_returned_fact;
DROP FUNCTION vendors_keep_claim;
ALTER TABLE vendors_paymentclaim DROP CONSTRAINT vendors_claim_repayment;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0025_desk_grace'),
        ('compliance', '0033_days_of_the_log'),
        ('core', '0007_audit_by_time'),
        ('vendors', '0007_rectifications'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ReturnedFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('contacts', '催记'), ('promises', '承诺还款'), ('payments', '回款申报'), ('complaints', '投诉'), ('recordings', '录音清单')], max_length=10, verbose_name='文件类型')),
                ('first_day', models.DateField(verbose_name='所属日期起')),
                ('last_day', models.DateField(verbose_name='所属日期止')),
                ('state', models.CharField(choices=[('reading', '读取中'), ('refused', '未能读取'), ('preview', '待入库'), ('applying', '入库中'), ('applied', '已入库'), ('discarded', '已放弃')], default='reading', max_length=9, verbose_name='状态')),
                ('file_name', models.CharField(max_length=255, verbose_name='文件名')),
                ('stored_name', models.CharField(max_length=80)),
                ('size', models.BigIntegerField(verbose_name='字节数')),
                ('sha256', models.CharField(max_length=64)),
                ('counts', models.JSONField(default=dict)),
                ('notes', models.JSONField(default=list)),
                ('refusal', models.JSONField(default=dict)),
                ('uploaded_at', models.DateTimeField(verbose_name='上传时间')),
                ('applied_at', models.DateTimeField(null=True, verbose_name='入库时间')),
                ('agency', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='returned_files', to='vendors.agency')),
                ('applied_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('job', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='core.job')),
                ('uploaded_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': '回传文件',
                'verbose_name_plural': '回传文件',
            },
        ),
        migrations.CreateModel(
            name='ReturnedFact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('contacts', '催记'), ('promises', '承诺还款'), ('payments', '回款申报'), ('complaints', '投诉'), ('recordings', '录音清单')], max_length=10)),
                ('reference', models.CharField(max_length=64, verbose_name='参考号')),
                ('digest', models.CharField(max_length=64)),
                ('agency', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='returned_facts', to='vendors.agency')),
                ('complaint', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='returned', to='compliance.complaint')),
                ('promise', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='returned', to='cases.promise')),
                ('file', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='facts', to='vendors.returnedfile')),
            ],
            options={
                'verbose_name': '回传记录',
                'verbose_name_plural': '回传记录',
            },
        ),
        migrations.CreateModel(
            name='PaymentClaim',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('paid_on', models.DateField(verbose_name='还款日期')),
                ('amount', models.DecimalField(decimal_places=2, max_digits=14, verbose_name='申报金额')),
                ('place', models.CharField(choices=[('us', '付至本公司'), ('agency', '付至机构'), ('lender', '付至出借人账户')], max_length=6, verbose_name='收款方')),
                ('reference', models.CharField(max_length=64, verbose_name='参考号')),
                ('claimed_at', models.DateTimeField(verbose_name='申报时间')),
                ('agency', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='claims', to='vendors.agency')),
                ('case', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.case')),
                ('loan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.loan')),
                ('repayment', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='cases.repayment')),
                ('file', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='claims', to='vendors.returnedfile')),
            ],
            options={
                'verbose_name': '回款申报',
                'verbose_name_plural': '回款申报',
            },
        ),
        migrations.CreateModel(
            name='ReturnedRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sheet', models.CharField(blank=True, max_length=64)),
                ('number', models.PositiveIntegerField(verbose_name='行号')),
                ('contract_no', models.CharField(blank=True, max_length=64, verbose_name='合同编号')),
                ('reference', models.CharField(blank=True, max_length=64, verbose_name='参考号')),
                ('happened_on', models.DateField(null=True, verbose_name='日期')),
                ('amount', models.DecimalField(decimal_places=2, max_digits=14, null=True, verbose_name='金额')),
                ('verdict', models.CharField(choices=[('fine', '可入库'), ('known', '已有'), ('refused', '不入库'), ('done', '已入库')], max_length=7, verbose_name='结果')),
                ('reasons', models.JSONField(default=list)),
                ('sealed', models.TextField(blank=True)),
                ('case', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.case')),
                ('file', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='rows', to='vendors.returnedfile')),
            ],
            options={
                'verbose_name': '回传行',
                'verbose_name_plural': '回传行',
            },
        ),
        migrations.AddConstraint(
            model_name='returnedfile',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['refused', 'discarded']), _negated=True), fields=('agency', 'kind', 'sha256'), name='returned_file_once'),
        ),
        migrations.AddConstraint(
            model_name='returnedfile',
            constraint=models.CheckConstraint(condition=models.Q(('last_day__gte', models.F('first_day'))), name='returned_file_days'),
        ),
        migrations.AddConstraint(
            model_name='returnedfile',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'applied'), _negated=True), ('applied_at__isnull', False), _connector='OR'), name='returned_file_applied_at'),
        ),
        migrations.AddConstraint(
            model_name='returnedfact',
            constraint=models.UniqueConstraint(fields=('agency', 'kind', 'reference'), name='returned_fact_once'),
        ),
        migrations.AddConstraint(
            model_name='returnedfact',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('complaint__isnull', True), ('kind', 'promises'), ('promise__isnull', False)), models.Q(('complaint__isnull', False), ('kind', 'complaints'), ('promise__isnull', True)), _connector='OR'), name='returned_fact_of_its_kind'),
        ),
        migrations.AddIndex(
            model_name='paymentclaim',
            index=models.Index(fields=['agency', 'paid_on', 'id'], name='payment_claim_month_idx'),
        ),
        migrations.AddConstraint(
            model_name='paymentclaim',
            constraint=models.UniqueConstraint(fields=('agency', 'reference'), name='payment_claim_reference_once'),
        ),
        migrations.AddConstraint(
            model_name='paymentclaim',
            constraint=models.UniqueConstraint(fields=('repayment',), name='payment_claim_one_repayment'),
        ),
        migrations.AddConstraint(
            model_name='paymentclaim',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='payment_claim_positive'),
        ),
        migrations.AddIndex(
            model_name='returnedrow',
            index=models.Index(fields=['file', 'verdict', 'id'], name='returned_row_idx'),
        ),
        migrations.RunSQL(FORWARD, BACK),
    ]
