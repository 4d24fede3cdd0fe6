"""A decision is never changed, a contact and a breach never deleted: triggers refuse it, also to the tables' owner."""

from django.db import migrations

KEPT = """
CREATE TRIGGER {table}_kept BEFORE {events} ON {table}
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_kept;
"""
TABLES = {
    "compliance_gatedecision": "UPDATE OR DELETE",
    "compliance_contactattempt": "DELETE",
    "compliance_breach": "DELETE",
}

CREATE = "".join(KEPT.format(table=table, events=events) for table, events in TABLES.items())
REVERSE = "".join(f"DROP TRIGGER {table}_kept ON {table};" for table in TABLES)


class Migration(migrations.Migration):
    dependencies = [("compliance", "0001_contact_log"), ("core", "0002_append_only_audit")]

    operations = [migrations.RunSQL(CREATE, REVERSE)]
