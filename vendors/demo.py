"""What the agencies' rooms add to the demo's story."""

from vendors.agencies import demo  # noqa: F401  (registers its part)
from vendors.rectification import demo as _rectification  # noqa: F401
from vendors.returns import demo as _returns  # noqa: F401
