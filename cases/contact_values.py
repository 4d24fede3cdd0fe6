"""A number, address, employer or mail address as the book keeps it: one way of writing for the index, its mask, and the
words for where it came from."""

import re

from django.utils.translation import gettext_lazy as _

from cases.models import ContactPoint
from collection_ops.core.crypto import blind_index
from collection_ops.core.masking import mask_address, mask_email, mask_name, mask_phone

Kind = ContactPoint.Kind
_MASKS = {Kind.PHONE: mask_phone, Kind.ADDRESS: mask_address, Kind.EMPLOYER: mask_name, Kind.EMAIL: mask_email}

FROM_FILE = "import"
ORIGINS = {
    FROM_FILE: _("来源文件"),
    "debtor_call": _("本人通话中提供"),
    "application": _("申请资料"),
    "contract": _("合同"),
    "public_registry": _("公开登记信息"),
    "repaired_by_carrier_with_consent": _("经本人同意由运营商修复"),
}
"""How the lender may have come to it; the same words as the rules on lawful sources (CN-P-08)."""
FROM_THE_DEBTOR = ("debtor_call", "application", "contract")
"""Those by which the debtor named a third person (CN-P-02)."""


def comparable(kind: str, text: str) -> str:
    """What the blind index is taken of, the same for every way of writing it: of a phone number the figures, a foreign
    prefix kept; of a text no spaces and no capitals."""
    if kind != "phone":
        return "".join(text.split()).casefold()
    return text if text.isascii() and text.isdecimal() else re.sub(r"[^0-9+]", "", text)


def index_of(kind: str, text: str) -> str:
    return blind_index(kind, comparable(kind, text))


def masked(kind: str, text: str) -> str:
    return _MASKS[Kind(kind)](text)[:64]
