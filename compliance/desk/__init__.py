"""The compliance desk: what has a deadline first, then what waits, then what was changed.

Each room says what it has, and the page shows it to those who may see it there:

    @deadlines
    def open_complaints(user: User, now: datetime, most: int) -> Iterable[Deadline]: ...

    @card
    def wording(user: User, now: datetime) -> Card | None: ...
"""
