"""Arrow, which ships no types: the one place where strict checking is told so."""

from typing import Any

import pyarrow  # pyright: ignore[reportMissingTypeStubs]
import pyarrow.compute  # pyright: ignore[reportMissingTypeStubs]

pa: Any = pyarrow
pc: Any = pyarrow.compute

Column = Any
"""``pa.Array`` or ``pa.ChunkedArray``."""
Strings = Any
"""``pa.StringArray``."""
Table = Any
"""``pa.Table``."""
