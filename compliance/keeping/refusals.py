"""What cannot be done with records and requests, as a sentence."""


class KeepingRefused(Exception):
    """It cannot be done; the sentence says why, `field` of which entry (or nothing)."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field
