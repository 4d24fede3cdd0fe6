"""Which desk somebody works on, and by which filter. Kept in the session, so that «next» goes on where the person was."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from agents.workbench.queue.weights import Group
from cases.filters import CaseFilter
from cases.models import Case, Desk, DeskKind
from cases.querysets import CaseQuerySet
from collection_ops.core.access import Scope, scope
from collection_ops.core.http import SignedInRequest
from collection_ops.core.models import SavedView, User

CAPABILITY = "contacts.make"
PAGE = "agents.desk"
"""Of saved views."""
_KEPT = "desk"
FIELDS = ("stage", "amount_from", "amount_to", "days_from", "days_to", "product")
"""Fields of the case list's filter that the desk offers."""


@dataclass(frozen=True)
class DeskChoice:
    """`desk` is None for somebody who has none and leads none. `query`: the filter in words of the address; `views`: the
    person's saved ones."""

    user: User
    desk: Desk | None
    desks: list[Desk]
    query: dict[str, Any]
    views: list[SavedView] = field(default_factory=list)

    @property
    def group(self) -> Group | None:
        given = self.query.get("group", "")
        return Group(given) if given in Group.values else None

    @property
    def cases(self) -> CaseQuerySet:
        """Open cases of the desk, in the latest file, within the person's scope and the filter; on one's own desk with those
        that one helps with (协催)."""
        found = Case.objects.for_user(self.user, CAPABILITY)
        if self.desk is None:
            return found.none()
        is_own = self.desk.owner_id == self.user.pk
        found = found.on_desk_or_helped(self.user) if is_own else found.filter(desk=self.desk)
        if not any(self.query.get(name) for name in FIELDS):
            return found.present()
        return CaseFilter({name: self.query[name] for name in FIELDS if name in self.query}, found).filtered

    @property
    def address(self) -> str:
        return urlencode(self.query, doseq=True)

    @property
    def is_filtered(self) -> bool:
        return any(self.query.get(name) for name in (*FIELDS, "group"))


def desks_for(user: User) -> list[Desk]:
    """Desks of collectors whose cases this person may contact about, the own one first."""
    granted = scope(user, CAPABILITY)
    desks = Desk.objects.filter(kind=DeskKind.COLLECTOR, is_active=True)
    if granted == Scope.TEAM:
        desks = desks.filter(unit=user.unit) if user.unit else desks.none()
    elif granted != Scope.ALL:
        desks = desks.filter(owner=user)
    return sorted(desks.order_by("name", "pk"), key=lambda desk: desk.owner_id != user.pk)


def clean_query(given: QueryDict | Mapping[str, Any]) -> dict[str, Any]:
    """The part of an address that the desk understands, as strings and lists of strings."""
    query: dict[str, Any] = {}
    for name in ("desk", "group", *FIELDS):
        values = given.getlist(name) if isinstance(given, QueryDict) else given.get(name, "")
        if name == "stage":
            listed = [str(value)[:2] for value in (values if isinstance(values, list) else [values]) if value][:8]
            if listed:
                query[name] = listed
            continue
        value = str((values[-1] if values else "") if isinstance(values, list) else values).strip()[:64]
        if value:
            query[name] = value
    return query


def choice_of(request: SignedInRequest) -> DeskChoice:
    """What the address asks for (`set` in it: from now on), else what was chosen before, else the person's default view.
    Two queries."""
    views = list(SavedView.objects.filter(user=request.user, page=PAGE).order_by("name"))
    if "set" in request.GET:
        query = clean_query(request.GET)
        if request.session.get(_KEPT) != query:
            request.session[_KEPT] = query
    elif _KEPT in request.session:
        query = clean_query(request.session[_KEPT])
    else:
        query = next((clean_query(view.query) for view in views if view.is_default), {})
    desks = desks_for(request.user)
    asked = query.get("desk", "")
    desk = next((desk for desk in desks if desk.code == asked), desks[0] if desks else None)
    return DeskChoice(request.user, desk, desks, query, views)
