"""Objects and forms for the routes of one part of the site each: a module beside this one with any of

ROUTES: dict[str, Callable[[Cast], dict]]     route → the object its arguments name (see samples.py)
FORMS: dict[str, Form]                        route → its form, filled in (see forms.py)
WITHOUT_EFFECT: dict[str, str]                route → why there is nothing to double
def of_others(cast, case, person): ...        route → (arguments of something of somebody else's, the one to count through)
"""

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

MODULES = [import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__)]


def together(name: str) -> dict[str, Any]:
    """The dictionaries of that name of all parts."""
    return {key: value for module in MODULES for key, value in getattr(module, name, {}).items()}


def all_of_others(cast: Any, case: Any, person: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for module in MODULES:
        if hasattr(module, "of_others"):
            found |= module.of_others(cast, case, person)
    return found
