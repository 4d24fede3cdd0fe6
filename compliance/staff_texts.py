"""What stands against somebody's own contacts, in words that say what to do: which paper is missing, and whom to ask."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _

from collection_ops.core.access import Role, matrix
from collection_ops.core.wording import listed
from compliance.rule_texts import DOCUMENTS
from compliance.rulebook import packs
from compliance.rules.keeping import certificate, staff_documents

RECORD = "certificates.record"


def about_staff(reason: Mapping[str, Any]) -> str:
    """Of a reason as a decision keeps it; empty where it is not about whoever acts."""
    check = _checks().get(reason["rule"])
    observed, who = reason["observed"], who_records()
    if check is certificate:
        if not observed:
            return _("您还没有培训合格证。通过培训考核后，请%(who)s登记") % {"who": who}
        last = date.fromisoformat(str(observed)) + timedelta(days=int(reason["limit"]))
        said = {"who": who, "passed": observed, "last": last.isoformat()}
        return _("您 %(passed)s 的合格证 %(last)s 已到期。重新考核后，请%(who)s登记") % said
    if check is staff_documents:
        papers = paper_words(list(observed or ()))
        return _("您缺：%(papers)s。交齐后请%(who)s登记") % {"papers": papers, "who": who}
    return ""


def paper_words(codes: list[str]) -> str:
    return listed(DOCUMENTS.get(code, code) for code in codes)


def who_records() -> str:
    """The roles that may record certificates and papers, as the access table has them."""
    roles = matrix()["capabilities"][RECORD]["roles"]
    return " / ".join(str(Role(role).label) for role in roles)


@lru_cache(maxsize=1)
def _checks() -> dict[str, Any]:
    return {rule.id: rule.kind.check for pack in packs() for rule in pack.rules}
