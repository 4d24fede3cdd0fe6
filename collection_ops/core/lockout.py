"""How long a name stays locked after too many wrong passwords (read by django-axes; imports no model)."""

from datetime import timedelta
from typing import Any


def cool_off(request: Any = None) -> timedelta:
    """Short, because a locked account stops honest work; five guesses every 15 minutes are hopeless anyway."""
    return timedelta(minutes=15)
