"""The numbers by which claimed payments are compared, each changed on a day."""

from django.utils.translation import gettext_lazy as _

from collection_ops.core.dated_settings import Setting

MATCH_DAYS = Setting(
    "returns.match_days",
    label=_("申报还款与入账还款最多相差天数"),
    default=3,
    unit=_("天"),
    source=_("内部管理：入账日期与申报日期因银行清算可能不同"),
    least=0,
    most=31,
)
REMIT_DAYS = Setting(
    "returns.remit_days",
    label=_("机构代收款项须在多少天内解付"),
    default=3,
    unit=_("天"),
    source=_("委外合同约定：机构代收的款项在这些自然日内付至本公司"),
    least=0,
    most=31,
)
REMITTED_UNTIL = Setting(
    "returns.remitted_until_days",
    label=_("机构代收款项在多少天内入账仍按该笔申报核对"),
    default=90,
    unit=_("天"),
    source=_("内部管理：迟付的代收款入账后仍须核销原申报"),
    least=1,
    most=365,
)
