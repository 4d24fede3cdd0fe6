"""Why something about an agency is not done."""

from collections.abc import Sequence

from vendors.agencies.standing import Obstacle


class AgencyRefused(Exception):
    """Nothing was written: the sentence says why and what to do, `field` beside which entry it belongs. `obstacles`: what
    stands in the way, where that is the reason."""

    def __init__(self, sentence: str, field: str = "", obstacles: Sequence[Obstacle] = ()) -> None:
        super().__init__(sentence)
        self.field = field
        self.obstacles = tuple(obstacles)
