"""Trials of a version are kept as they were; and no row is moved into an approved version either.

The trigger of 0002 asked on UPDATE only about the version that a row leaves. It asks about the one that it comes to as well.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

FORWARD = """
CREATE OR REPLACE FUNCTION vendors_keep_terms() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    of_versions bigint[] := '{}';
BEGIN
    IF TG_TABLE_NAME = 'vendors_feebandrow' THEN
        IF TG_OP <> 'INSERT' THEN
            of_versions := of_versions || (SELECT version_id FROM vendors_feetablerow WHERE id = OLD.row_id);
        END IF;
        IF TG_OP <> 'DELETE' THEN
            of_versions := of_versions || (SELECT version_id FROM vendors_feetablerow WHERE id = NEW.row_id);
        END IF;
    ELSE
        IF TG_OP <> 'INSERT' THEN
            of_versions := of_versions || OLD.version_id;
        END IF;
        IF TG_OP <> 'DELETE' THEN
            of_versions := of_versions || NEW.version_id;
        END IF;
    END IF;
    IF EXISTS (SELECT FROM vendors_contractversion WHERE id = ANY(of_versions) AND state = 'approved') THEN
        RAISE EXCEPTION 'the rows of an approved version are never changed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE FUNCTION vendors_keep_bench() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a trial of a contract is never changed' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER vendors_benchrun_kept BEFORE UPDATE OR DELETE ON vendors_benchrun
    FOR EACH ROW EXECUTE FUNCTION vendors_keep_bench();
"""
BACK = """
DROP TRIGGER vendors_benchrun_kept ON vendors_benchrun;
DROP FUNCTION vendors_keep_bench;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('vendors', '0004_placement_files'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='BenchRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('input', models.JSONField(verbose_name='样例')),
                ('output', models.JSONField(verbose_name='结果')),
                ('digest', models.CharField(max_length=64)),
                ('at', models.DateTimeField(verbose_name='试算时间')),
                ('by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bench_runs', to='vendors.contractversion', verbose_name='合同版本')),
            ],
            options={
                'verbose_name': '合同试算',
                'verbose_name_plural': '合同试算',
            },
        ),
        migrations.RunSQL(FORWARD, BACK),
    ]
