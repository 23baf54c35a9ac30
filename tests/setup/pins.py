"""The short lists of direct requirements, and the pins compiled from them."""

import re
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
LISTS = ["requirements", "requirements-dev"]
DIRECT = re.compile(r"(?P<name>[a-z0-9-]+) +# \S.{8,}")


def direct(name: str) -> list[str]:
    """The requirements of a short list, each of which must have its reason."""
    lines = (ROOT / f"{name}.in").read_text().splitlines()
    wanted = [line for line in lines if not line.startswith(("#", "-c "))]
    matches = [DIRECT.fullmatch(line) for line in wanted]
    bad = [line for line, match in zip(wanted, matches, strict=True) if not match]
    assert not bad, f"{name}.in: write `name   # reason`, without a version"
    return [match["name"] for match in matches if match]


def pins(name: str) -> list[Requirement]:
    """The lines of a compiled list."""
    lines = (ROOT / f"{name}.txt").read_text().splitlines()
    return [Requirement(line) for line in lines if not line.startswith("#")]


def version(pin: Requirement) -> str:
    """The one version that a pin allows."""
    (allowed,) = pin.specifier
    assert allowed.operator == "=="
    assert "*" not in allowed.version
    return allowed.version
