"""Whether a person sits in front of this kernel, or a tool runs the notebook."""

from __future__ import annotations

import os
from pathlib import PurePath


def is_learner_session() -> bool:
    """Return True in a kernel that Jupyter's server started for a notebook outside solutions/.

    The server sets JPY_SESSION_NAME to the path of the notebook, or to its folder for a front end
    that does not tell the notebook's name. Tools that run notebooks (nbclient, nbval, nbmake) do
    not set it, nor does a terminal, so their verdicts are nobody's progress.
    """
    session = os.environ.get("JPY_SESSION_NAME", "")
    return bool(session) and "solutions" not in PurePath(session).parts[-2:]
