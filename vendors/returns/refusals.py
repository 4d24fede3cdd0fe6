"""What is refused in this room."""


class ReturnRefused(Exception):
    """It cannot be done as it stands; the sentence says why, `field` where in a form, `code` for machines."""

    def __init__(self, sentence: str, field: str = "", code: str = "refused") -> None:
        super().__init__(sentence)
        self.field, self.code = field, code
