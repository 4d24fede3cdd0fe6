"""Why a criterion was not judged, in words."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from vendors.scorecard.judging import FEW_CONTACTS, NO_DATA, NO_ROLL, UNTOLD

WHY_NOT: Mapping[str, Any] = {
    NO_DATA: _("没有数据，未评；权重按比例分给其他指标"),
    FEW_CONTACTS: _("联系的客户太少，且没有投诉，未评；权重按比例分给其他指标"),
    UNTOLD: _("与运气无法区分，未评；权重按比例分给其他指标"),
    NO_ROLL: _("没有可比的头寸，未评；权重按比例分给其他指标"),
}
