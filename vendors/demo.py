"""What the agencies' rooms add to the demo's story."""

from vendors.agencies import demo  # noqa: F401  (registers its part)
from vendors.returns import demo as _returns  # noqa: F401
