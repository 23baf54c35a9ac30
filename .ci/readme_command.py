"""Print a command of the README: the code block after `<!-- NAME command -->`.

python .ci/readme_command.py test
"""

import re
import sys
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"


def command(name: str, readme: str) -> str:
    """The shell block that follows the marker.

    Raises:
        LookupError: the README has no such marker, or several, or no block follows it.
    """
    marked = rf"<!-- {name} command -->\s*```sh\n(.+?)\n```"
    found = re.findall(marked, readme, flags=re.DOTALL)
    if len(found) != 1:
        raise LookupError(f"README.md: {len(found)} blocks follow <!-- {name} command -->, not 1")
    return found[0]


if __name__ == "__main__":
    print(command(sys.argv[1], README.read_text(encoding="utf-8")))
