"""A statement's two hashes are written once, with its lines: they are made while the database writes those.

Until then they are blank, which no transaction leaves behind; of all other figures nothing moves, as before.
"""

from django.db import migrations, models

KEEP = """
CREATE OR REPLACE FUNCTION vendors_keep_settlement() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moving text[] := '{state,confirmed_by_id,confirmed_at,approved_by_id,approved_at,paid_on,payment_reference}';
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a statement is never deleted' USING ERRCODE = 'check_violation';
    END IF;%(hashes)s
    IF (to_jsonb(NEW) - moving) <> (to_jsonb(OLD) - moving) THEN
        RAISE EXCEPTION 'the figures of a statement are frozen' USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.state = 'paid' OR (OLD.state = 'approved' AND (
        NEW.state <> 'paid'
        OR (NEW.confirmed_by_id, NEW.confirmed_at, NEW.approved_by_id, NEW.approved_at)
           IS DISTINCT FROM (OLD.confirmed_by_id, OLD.confirmed_at, OLD.approved_by_id, OLD.approved_at)))
    THEN
        RAISE EXCEPTION 'an approved statement is changed by nobody' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
"""
HASHES = """
    IF OLD.digest = '' AND OLD.facts_digest = '' THEN
        moving := moving || '{facts_digest,digest}';
    END IF;"""
FORWARD = KEEP % {"hashes": HASHES} + """
CREATE FUNCTION vendors_refuse_unhashed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM vendors_settlement WHERE id = NEW.id AND (digest = '' OR facts_digest = '')) THEN
        RAISE EXCEPTION 'a statement is kept with its hashes' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER vendors_settlement_hashed AFTER INSERT ON vendors_settlement DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION vendors_refuse_unhashed();
"""
BACK = """
DROP TRIGGER vendors_settlement_hashed ON vendors_settlement;
DROP FUNCTION vendors_refuse_unhashed;
""" + KEEP % {"hashes": ""}


class Migration(migrations.Migration):

    dependencies = [
        ('vendors', '0011_taken_back_once'),
    ]

    operations = [
        migrations.AlterField(
            model_name='settlement',
            name='facts_digest',
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AlterField(
            model_name='settlement',
            name='digest',
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.RunSQL(FORWARD, BACK),
    ]
