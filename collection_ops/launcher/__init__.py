"""What `start.py` does: from a bare machine to the running site, with the standard library alone.

    commands.py     the command line: run, test, prepare, manage, stop, reset-demo, backup, restore
    messages.py     one sentence in Chinese and in English; every failure ends in one
    places.py       the checkout, the state folder and what lies where in it
    python_env.py   .venv and the pinned packages        front_end.py   the files from npm
    keys.py         secret key, encryption keys          ports.py       free ports
    processes.py    children that end with their parent  supervise.py   restart a dead one, give up on a hopeless one
    engines/        the PostgreSQL and the Valkey that run under the state folder when no URL names others
    site.py         the running site                     checks.py      everything `start.py test` looks at

It imports nothing of the project and nothing installed: it runs before there is anything. `manage.py up` uses
`supervise.py` from here too.
"""
