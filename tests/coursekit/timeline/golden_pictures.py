"""The pictures as they were looked at and found right. Draw them anew, then look at them again:

python -m tests.coursekit.timeline.golden_pictures
"""

from __future__ import annotations

from pathlib import Path

from tests.coursekit.timeline.scenarios import PICTURES

FOLDER = Path(__file__).parent / "golden"


def forms(name: str) -> dict[str, str]:
    """The forms of one picture by their file's name; of a huge one the text form only."""
    picture = PICTURES[name]()
    drawn = {f"{name}.txt": f"{picture!r}\n\n{picture.words}\n"}
    if name != "many":
        drawn[f"{name}.svg"] = picture.svg.replace("><", ">\n<") + "\n"
    return drawn


if __name__ == "__main__":
    for name in PICTURES:
        for file, text in forms(name).items():
            (FOLDER / file).write_text(text, encoding="utf-8")
