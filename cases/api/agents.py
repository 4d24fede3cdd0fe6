"""For whom of the lender's people a program acts."""

from django.utils.translation import gettext as _

from cases.models import Case
from cases.querysets import OWN_ORG
from collection_ops.core.api.errors import ApiError
from collection_ops.core.models import ApiToken, User


def agent_of(token: ApiToken, case: Case, username: str | None) -> User | None:
    """The lender's collector who speaks with the debtor, if the program names one: somebody who may contact about this very
    case. An agency's people have no accounts."""
    if username is None:
        return None
    user = User.objects.filter(username=username, is_active=True).first() if token.org in ("", OWN_ORG) else None
    if user is None or not Case.objects.for_user(user, "contacts.make").filter(pk=case.pk).exists():
        raise ApiError(400, "agent_unknown", _("没有这个人员，或其无权联系该案件"), "agent")
    return user
