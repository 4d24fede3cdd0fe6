"""What the agencies' rooms add to the demo's story, in the order of a day: who works for us, what they were given, what
they sent and have to put right, and what the months came to."""

from vendors.agencies import demo  # noqa: F401  (registers its part)
from vendors.placement import demo as _placement  # noqa: F401  (after the agencies)
from vendors.rectification import demo as _rectification  # noqa: F401
from vendors.returns import demo as _returns  # noqa: F401
from vendors.scorecard import demo as _scorecard  # noqa: F401
from vendors.settlement import demo as _settlement  # noqa: F401  (after the placements)
