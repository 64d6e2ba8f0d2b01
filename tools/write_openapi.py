"""Writes the OpenAPI document of this checkout, for the types of the admin app.

    python -m tools.write_openapi web/openapi.json

Nothing is started and no database is needed.
"""

import json
import sys
from pathlib import Path

from tools.reference_http import describe_routes


def main(path: Path) -> None:
    document, _ = describe_routes()
    path.write_text(json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
