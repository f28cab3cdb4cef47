"""Print the API's contract; `--write` stores it in docs/reference, `--check` compares it with that.

The console's types are generated from that file, so a stale one fails the build.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from drs_orchestrator.api.app import app

CONTRACT = Path(__file__).parents[1] / "docs" / "reference" / "openapi.json"


def contract() -> str:
    """Return the contract as it is to be stored."""
    return json.dumps(app.openapi(), indent=2) + "\n"


def main(arguments: Sequence[str], path: Path = CONTRACT) -> int:
    """Return the exit code."""
    if "--write" in arguments:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(contract(), encoding="utf-8")
    elif "--check" not in arguments:
        sys.stdout.write(contract())
    elif not path.is_file() or path.read_text(encoding="utf-8") != contract():
        sys.stderr.write(f"{path} does not describe the API any more; run `make openapi`\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
