"""Suggestions and problems (问题与建议) of the staff: filed, routed to an owner, answered; nothing disappears."""
