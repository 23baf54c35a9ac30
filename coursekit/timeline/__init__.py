"""Pictures of what tasks do: which one ran, slept, or waited for what, and how each ended."""

from coursekit.timeline.picture import Picture
from coursekit.timeline.schedules import compare
from coursekit.timeline.watching import timeline

__all__ = ["Picture", "compare", "register", "timeline"]


def register(shell: object) -> None:
    """Add `%%timeline` to an IPython shell."""
    from coursekit.timeline import cell  # IPython is needed in a notebook only

    cell.register(shell)  # type: ignore[arg-type]
