"""The PostgreSQL and the Valkey that run under the state folder when DATABASE_URL / REDIS_URL name no others.

The wheels bring the programs; their Python layers are not used: they change folders above ours to be readable by all
(as root), keep sockets in places that may be too long a path, start PostgreSQL without a password and count users of a
server in a file that a killed process leaves wrong.

Here both listen on 127.0.0.1 on a free port (so no path is ever too long, and two checkouts do not meet), ask for a
password of this installation, and end with the process that started them, even after kill -9.
"""

from .pair import Engines

__all__ = ["Engines"]
