"""The collector's desk: whom to contact next, whether it is allowed, and what came of it."""
