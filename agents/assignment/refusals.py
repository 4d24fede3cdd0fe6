"""What assignment answers when something cannot be done."""


class AssignmentRefused(Exception):
    """The sentence says what to do; `field` names what was typed wrong, or is empty for the whole."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.sentence, self.field = sentence, field
