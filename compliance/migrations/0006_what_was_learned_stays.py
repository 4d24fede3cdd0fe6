"""What was learned in a contact is never deleted, nor is a wording once it was decided on: triggers refuse it."""

from django.db import migrations

CREATE = """
CREATE TRIGGER compliance_contactdetail_kept BEFORE DELETE ON compliance_contactdetail
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
ALTER TABLE compliance_contactdetail ENABLE ALWAYS TRIGGER compliance_contactdetail_kept;
CREATE TRIGGER compliance_talkingpoint_kept BEFORE DELETE ON compliance_talkingpoint
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
ALTER TABLE compliance_talkingpoint ENABLE ALWAYS TRIGGER compliance_talkingpoint_kept;
"""
REVERSE = """
DROP TRIGGER compliance_contactdetail_kept ON compliance_contactdetail;
DROP TRIGGER compliance_talkingpoint_kept ON compliance_talkingpoint;
"""


class Migration(migrations.Migration):
    dependencies = [("compliance", "0005_call_details"), ("core", "0002_append_only_audit")]

    operations = [migrations.RunSQL(CREATE, REVERSE)]
