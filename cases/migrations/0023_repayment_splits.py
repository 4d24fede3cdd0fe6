import django.db.models.deletion
"""Money for several contracts, taken apart by a document; its rows come to the amount when the transaction ends."""

from django.conf import settings
from django.db import migrations, models


FUNCTIONS = """
CREATE FUNCTION cases_split_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    checked bigint;
    wanted record;
    added numeric;
    given numeric;
BEGIN
    IF TG_TABLE_NAME = 'cases_repaymentsplit' THEN
        checked := NEW.id;
    ELSE
        checked := NEW.split_id;
    END IF;
    SELECT p.amount, s.restored_id, s.undone_at INTO wanted
    FROM cases_repaymentsplit s JOIN cases_repayment p ON p.id = s.original_id WHERE s.id = checked;
    SELECT coalesce(sum(r.amount), 0) INTO added FROM cases_repayment r
    WHERE r.split_id = checked AND r.reversal_of_id IS NULL AND r.id IS DISTINCT FROM wanted.restored_id;
    IF added <> wanted.amount THEN
        RAISE EXCEPTION 'split %: rows come to %, not %', checked, added, wanted.amount
            USING ERRCODE = 'check_violation', CONSTRAINT = 'split_adds_up';
    END IF;
    -- All that the split moved nets to nothing: the original is taken back, or it is there again and its rows are not.
    SELECT coalesce(sum(CASE WHEN r.reversal_of_id IS NULL THEN r.amount ELSE -r.amount END), 0) INTO given
    FROM cases_repayment r WHERE r.split_id = checked;
    IF given <> 0 THEN
        RAISE EXCEPTION 'split %: makes % of money', checked, given
            USING ERRCODE = 'check_violation', CONSTRAINT = 'split_makes_no_money';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER split_adds_up AFTER INSERT OR UPDATE ON cases_repaymentsplit
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION cases_split_adds_up();
CREATE CONSTRAINT TRIGGER split_rows_add_up AFTER INSERT ON cases_repayment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.split_id IS NOT NULL) EXECUTE FUNCTION cases_split_adds_up();
"""

DROP = "DROP FUNCTION cases_split_adds_up() CASCADE;"


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0022_penalty_place'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='RepaymentSplit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('basis', models.CharField(choices=[('debtor', '债务人指定'), ('statutory', '法定顺序（民法典第560条）'), ('agreed', '经办人按约定调整')], max_length=12, verbose_name='依据')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='说明')),
                ('made_at', models.DateTimeField(verbose_name='拆分时间')),
                ('undone_at', models.DateTimeField(blank=True, null=True, verbose_name='撤回时间')),
            ],
            options={
                'verbose_name': '还款拆分',
                'verbose_name_plural': '还款拆分',
            },
        ),
        migrations.RemoveConstraint(
            model_name='repayment',
            name='repayment_reference_once',
        ),
        migrations.AddField(
            model_name='repaymentsplit',
            name='designated',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.loan', verbose_name='债务人指定的合同'),
        ),
        migrations.AddField(
            model_name='repaymentsplit',
            name='made_by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='repaymentsplit',
            name='original',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='taken_apart', to='cases.repayment', verbose_name='原还款'),
        ),
        migrations.AddField(
            model_name='repaymentsplit',
            name='restored',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='restored_from', to='cases.repayment', verbose_name='恢复的还款'),
        ),
        migrations.AddField(
            model_name='repaymentsplit',
            name='undone_by',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='repayment',
            name='split',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='rows', to='cases.repaymentsplit', verbose_name='还款拆分'),
        ),
        migrations.AddIndex(
            model_name='repayment',
            index=models.Index(condition=models.Q(('split__isnull', False)), fields=['split'], name='repayment_split_idx'),
        ),
        migrations.AddConstraint(
            model_name='repayment',
            constraint=models.UniqueConstraint(condition=models.Q(models.Q(('reference', ''), _negated=True), ('reversal_of__isnull', True), ('split__isnull', True)), fields=('source', 'reference', 'status'), name='repayment_reference_once'),
        ),
        migrations.AddConstraint(
            model_name='repaymentsplit',
            constraint=models.CheckConstraint(condition=models.Q(('basis', 'statutory'), models.Q(('note', ''), _negated=True), _connector='OR'), name='split_says_who_decided'),
        ),
        migrations.AddConstraint(
            model_name='repaymentsplit',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('basis', 'debtor'), ('designated__isnull', False)), models.Q(models.Q(('basis', 'debtor'), _negated=True), ('designated__isnull', True)), _connector='OR'), name='split_designated_by_debtor'),
        ),
        migrations.AddConstraint(
            model_name='repaymentsplit',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('restored__isnull', True), ('undone_at__isnull', True)), models.Q(('restored__isnull', False), ('undone_at__isnull', False)), _connector='OR'), name='split_undone_whole'),
        ),
        migrations.RunSQL(FUNCTIONS, DROP),
    ]
