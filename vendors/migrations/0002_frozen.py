"""What is agreed or frozen is changed by nobody: the database sees to that.

An approved version keeps its terms and rows. A statement's lines keep their figures; once it is approved, nothing of it
moves but that it is paid, once.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION vendors_keep_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'approved' THEN
        RAISE EXCEPTION 'an approved version of a contract is never changed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER vendors_contractversion_kept BEFORE UPDATE OR DELETE ON vendors_contractversion
    FOR EACH ROW EXECUTE FUNCTION vendors_keep_version();

CREATE FUNCTION vendors_keep_terms() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    of_version bigint;
BEGIN
    IF TG_TABLE_NAME = 'vendors_feebandrow' THEN
        SELECT version_id INTO of_version FROM vendors_feetablerow
        WHERE id = CASE TG_OP WHEN 'INSERT' THEN NEW.row_id ELSE OLD.row_id END;
    ELSE
        of_version := CASE TG_OP WHEN 'INSERT' THEN NEW.version_id ELSE OLD.version_id END;
    END IF;
    IF EXISTS (SELECT FROM vendors_contractversion WHERE id = of_version AND state = 'approved') THEN
        RAISE EXCEPTION 'the rows of an approved version are never changed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER vendors_feetablerow_kept BEFORE INSERT OR UPDATE OR DELETE ON vendors_feetablerow
    FOR EACH ROW EXECUTE FUNCTION vendors_keep_terms();
CREATE TRIGGER vendors_feebandrow_kept BEFORE INSERT OR UPDATE OR DELETE ON vendors_feebandrow
    FOR EACH ROW EXECUTE FUNCTION vendors_keep_terms();
CREATE TRIGGER vendors_coefficientstep_kept BEFORE INSERT OR UPDATE OR DELETE ON vendors_coefficientstep
    FOR EACH ROW EXECUTE FUNCTION vendors_keep_terms();
CREATE TRIGGER vendors_eventprice_kept BEFORE INSERT OR UPDATE OR DELETE ON vendors_eventprice
    FOR EACH ROW EXECUTE FUNCTION vendors_keep_terms();

CREATE FUNCTION vendors_keep_settlement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a statement is never deleted' USING ERRCODE = 'check_violation';
    END IF;
    IF (to_jsonb(NEW) - '{state,confirmed_by_id,confirmed_at,approved_by_id,approved_at,paid_on,payment_reference}'::text[])
       <> (to_jsonb(OLD) - '{state,confirmed_by_id,confirmed_at,approved_by_id,approved_at,paid_on,payment_reference}'::text[])
    THEN
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
CREATE TRIGGER vendors_settlement_kept BEFORE UPDATE OR DELETE ON vendors_settlement
    FOR EACH ROW EXECUTE FUNCTION vendors_keep_settlement();

CREATE FUNCTION vendors_keep_line() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    of_state text;
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a line of a statement is never deleted' USING ERRCODE = 'check_violation';
    END IF;
    IF (to_jsonb(NEW) - 'state') <> (to_jsonb(OLD) - 'state') THEN
        RAISE EXCEPTION 'the figures of a line are frozen' USING ERRCODE = 'check_violation';
    END IF;
    SELECT state INTO of_state FROM vendors_settlement WHERE id = OLD.settlement_id;
    IF of_state IN ('approved', 'paid') AND OLD.state <> 'disputed' THEN
        RAISE EXCEPTION 'a line of an approved statement is changed by nobody' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER vendors_settlementline_kept BEFORE UPDATE OR DELETE ON vendors_settlementline
    FOR EACH ROW EXECUTE FUNCTION vendors_keep_line();

CREATE FUNCTION vendors_no_late_lines() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM new_rows n JOIN vendors_settlement s ON s.id = n.settlement_id WHERE s.state IN ('approved', 'paid'))
    THEN
        RAISE EXCEPTION 'an approved statement gets no further line' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER vendors_settlementline_in_time AFTER INSERT ON vendors_settlementline
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION vendors_no_late_lines();
"""
BACK = """
DROP TRIGGER vendors_settlementline_in_time ON vendors_settlementline;
DROP FUNCTION vendors_no_late_lines;
DROP TRIGGER vendors_settlementline_kept ON vendors_settlementline;
DROP FUNCTION vendors_keep_line;
DROP TRIGGER vendors_settlement_kept ON vendors_settlement;
DROP FUNCTION vendors_keep_settlement;
DROP TRIGGER vendors_eventprice_kept ON vendors_eventprice;
DROP TRIGGER vendors_coefficientstep_kept ON vendors_coefficientstep;
DROP TRIGGER vendors_feebandrow_kept ON vendors_feebandrow;
DROP TRIGGER vendors_feetablerow_kept ON vendors_feetablerow;
DROP FUNCTION vendors_keep_terms;
DROP TRIGGER vendors_contractversion_kept ON vendors_contractversion;
DROP FUNCTION vendors_keep_version;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('vendors', '0001_agencies'),
    ]

    operations = [migrations.RunSQL(FORWARD, BACK)]
