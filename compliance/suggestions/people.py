"""Who answers suggestions: the owner of the area, or everybody who may; never the auditor, who changes nothing."""

from collections.abc import Mapping, Sequence

from collection_ops.core.access import Role, has, users_with
from collection_ops.core.models import User
from compliance.models import Suggestion, SuggestionOwner

MANAGE = "suggestions.manage"


def answers_all(user: User) -> bool:
    """Whether the person answers suggestions of every area."""
    return has(user, MANAGE) and Role.AUDITOR not in user.roles


def may_answer(suggestion: Suggestion, user: User) -> bool:
    """Its owner, or whoever answers all; nobody answers their own."""
    if user.pk == suggestion.filed_by_id:
        return False
    return answers_all(user) or (user.is_active and suggestion.owner_id == user.pk)


def owners() -> dict[str, User]:
    """By area: who is in charge, as far as the account is in force."""
    lines = SuggestionOwner.objects.filter(user__is_active=True).select_related("user")
    return {line.area: line.user for line in lines}


def everybody() -> list[User]:
    """All who answer where nobody is in charge."""
    return list(users_with(MANAGE).exclude(role_grants__role=Role.AUDITOR).order_by("pk"))


def told_of(suggestion: Suggestion) -> list[User]:
    """Whom a suggestion is for: its owner while they are there, else everybody who answers; not who filed it."""
    owner = suggestion.owner
    people = [owner] if owner is not None and owner.is_active else everybody()
    return [one for one in people if one.pk != suggestion.filed_by_id]


def owner_for(area: str, filer: User, known: Mapping[str, User]) -> User | None:
    """The owner of the area; nobody where the filer is the owner: others answer it."""
    found = known.get(area)
    return found if found is not None and found.pk != filer.pk else None


def people_to_own() -> Sequence[User]:
    return list(User.objects.filter(is_active=True).order_by("display_name", "pk"))
