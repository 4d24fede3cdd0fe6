"""A person's own views of a list: named filters, one of them the default, and the columns shown."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from collection_ops.core.access import Role
from collection_ops.core.models import SavedView, User

CASE_LIST = "cases.list"
# The columns are kept as a view of their own page name: one row a person, read together with the views.
CASE_LIST_COLUMNS = "cases.list.columns"
MOST_VIEWS = 30

# What the list opens with for a role until the person has a default of their own; first match wins.
ROLE_DEFAULTS: tuple[tuple[Role, dict[str, Any]], ...] = (
    (Role.COLLECTOR, {"status": "open", "sort": "-days_past_due"}),
    (Role.SUPERVISOR, {"status": "open", "sort": "-total"}),
    (Role.TEAM_LEADER, {"status": "open", "sort": "-total"}),
    (Role.CLERK, {"status": "open", "sort": "-as_of"}),
    (Role.AUDITOR, {"status": "all", "sort": "-opened_on"}),
)


class ViewRefused(Exception):
    """A view cannot be kept; the sentence says why."""


def role_default(user: User) -> dict[str, Any]:
    for role, query in ROLE_DEFAULTS:
        if role in user.roles:
            return dict(query)
    return {"status": "open", "sort": "-total"}


def save_view(*, user: User, page: str, name: str, query: dict[str, Any], is_default: bool = False) -> SavedView:
    """Keep a filter under a name; the same name again replaces what it held. Raises ViewRefused."""
    name = name.strip()[:40]
    if not name:
        raise ViewRefused(_("请填写视图名称"))
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)  # two tabs at once must not both become the default
        mine = SavedView.objects.filter(user=user, page=page)
        if mine.exclude(name=name).count() >= MOST_VIEWS:
            raise ViewRefused(_("最多保存 %(count)d 个视图，请先删除不用的") % {"count": MOST_VIEWS})
        if is_default:
            mine.filter(is_default=True).update(is_default=False)
        view, _created = SavedView.objects.update_or_create(
            user=user, page=page, name=name, defaults={"query": query, "is_default": is_default}
        )
    return view


def rename_view(*, view: SavedView, name: str) -> SavedView:
    """Give a view another name. Raises ViewRefused when the person has one of that name."""
    name = name.strip()[:40]
    if not name:
        raise ViewRefused(_("请填写视图名称"))
    try:
        with transaction.atomic():
            view.name = name
            view.save(update_fields=["name"])
    except IntegrityError as error:
        raise ViewRefused(_("已有名为“%(name)s”的视图") % {"name": name}) from error
    return view


def set_default_view(*, user: User, page: str, view: SavedView | None) -> None:
    """The list opens with this view from now on; None goes back to the default of the role."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        SavedView.objects.filter(user=user, page=page, is_default=True).update(is_default=False)
        if view is not None:
            SavedView.objects.filter(pk=view.pk, user=user, page=page).update(is_default=True)


def delete_view(*, view: SavedView) -> None:
    view.delete()


def choose_columns(*, user: User, keys: list[str]) -> None:
    """The columns this person sees in the list; an empty choice goes back to the usual ones."""
    if not keys:
        SavedView.objects.filter(user=user, page=CASE_LIST_COLUMNS).delete()
        return
    SavedView.objects.update_or_create(
        user=user, page=CASE_LIST_COLUMNS, name="columns", defaults={"query": {"columns": keys}}
    )
