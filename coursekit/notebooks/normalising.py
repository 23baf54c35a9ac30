"""A notebook as the repository keeps it: nothing in it tells who ran it, where or when."""

from __future__ import annotations

import re
from typing import Any

from nbformat import NotebookNode

KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
LANGUAGE_INFO = {  # without the version, which changes with whoever saved the file last
    "codemirror_mode": {"name": "ipython", "version": 3},
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
}
KEPT_CELL_METADATA = ("tags", "deletable", "editable", "raw_mimetype", "format")
STREAMS = ("stdout", "stderr")


def normalise(notebook: NotebookNode) -> None:
    """Bring metadata, sources, counts and outputs into their one form, in place.

    The cells' ids stay. A cell tagged `starter` keeps its source in its metadata, for `reset`.
    """
    notebook.metadata = {"kernelspec": KERNELSPEC, "language_info": LANGUAGE_INFO}
    count = 0
    for cell in notebook.cells:
        cell.source = cell.source.rstrip()
        cell.metadata = _metadata(cell)
        if cell.cell_type != "code":
            continue
        if not cell.source:  # Jupyter gives a blank cell no count
            cell.execution_count, cell.outputs = None, []
            continue
        count += 1
        cell.execution_count = count
        cell.outputs = [_output(output, count) for output in _merged(cell.outputs)]


def _metadata(cell: NotebookNode) -> dict[str, Any]:
    kept = {key: cell.metadata[key] for key in KEPT_CELL_METADATA if key in cell.metadata}
    if not kept.get("tags"):
        kept.pop("tags", None)
    if cell.metadata.get("jupyter", {}).get("source_hidden"):
        kept["jupyter"] = {"source_hidden": True}
    if "starter" in kept.get("tags", []):
        kept["coursekit"] = {"starter": cell.source}
    return kept


def _merged(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Join the pieces that a stream arrived in.

    Between two displayed outputs stdout comes first: the kernel sends the two streams in any order.
    """
    merged: list[NotebookNode] = []
    run: dict[str, NotebookNode] = {}
    for output in outputs:
        if output.output_type != "stream":
            merged += _in_order(run)
            merged.append(output)
            run = {}
        elif output.name in run:
            run[output.name].text += output.text
        else:
            run[output.name] = output
    return merged + _in_order(run)


def _in_order(run: dict[str, NotebookNode]) -> list[NotebookNode]:
    streams = [run[name] for name in STREAMS if name in run]
    for stream in streams:
        stream.text = as_a_terminal_shows(stream.text)
    return streams


def as_a_terminal_shows(text: str) -> str:
    """Return `text` with backspaces and carriage returns carried out."""
    while (shorter := re.sub(r"[^\n]\x08", "", text, count=1)) != text:
        text = shorter
    return re.sub(r"^.*\r(?=[^\n])", "", text, flags=re.MULTILINE)


def _output(output: NotebookNode, count: int) -> NotebookNode:
    if "metadata" in output:
        # What is keyed by a form of the data says how to show it; the rest is the sender's own.
        kept = {key: value for key, value in output.metadata.items() if key in output.data}
        output.metadata = kept
    if "execution_count" in output:
        output.execution_count = count
    output.pop("transient", None)
    return output
