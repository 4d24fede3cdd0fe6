"""Why something about a rectification is not done."""


class RectificationRefused(Exception):
    """Nothing was written: the sentence says why and what to do, `field` beside which entry it belongs."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field
