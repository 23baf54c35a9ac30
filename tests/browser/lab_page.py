"""A learner at the browser: opens a notebook, types into cells, runs them, reads what they show."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import ConsoleMessage, Page

from tests.browser.lab_server import LabServer

RUN_SECONDS = 30

# JupyterLab itself is asked, not the page's HTML: cells out of sight are not rendered.
PANEL = "window.jupyterapp.shell.currentWidget"
READY = f"""() => {{
    const panel = window.jupyterapp && {PANEL};
    return panel && panel.context && panel.context.isReady
        && panel.sessionContext.isReady
        && panel.sessionContext.session?.kernel?.status === 'idle';
}}"""
CELLS = f"""() => {PANEL}.content.widgets.map(cell => ({{
    type: cell.model.type,
    source: cell.model.sharedModel.getSource(),
    count: cell.model.executionCount ?? null,
    outputs: cell.model.type === 'code' ? cell.model.outputs.toJSON() : [],
}}))"""


@dataclass
class Cell:
    """What one cell holds at the moment it was read."""

    type: str
    source: str
    count: int | None
    outputs: list[dict] = field(repr=False)

    @property
    def text(self) -> str:
        """All text that the cell shows, streams and tracebacks included."""
        parts = []
        for output in self.outputs:
            data = output.get("data", {})
            shown = output.get("text") or data.get("text/plain") or output.get("traceback") or ""
            parts.append(shown if isinstance(shown, str) else "\n".join(shown))
        return "\n".join(parts)

    @property
    def html(self) -> str:
        """The HTML forms that the cell shows."""
        shown = (output.get("data", {}).get("text/html", "") for output in self.outputs)
        return "\n".join(part if isinstance(part, str) else "".join(part) for part in shown)


class LabPage:
    """One browser page with JupyterLab; collects what goes wrong in its console."""

    def __init__(self, page: Page, server: LabServer) -> None:
        self.page = page
        self.server = server
        self.console_errors: list[str] = []
        page.set_default_timeout(RUN_SECONDS * 1000)
        page.on("console", self._note_console)
        page.on("pageerror", lambda error: self.console_errors.append(str(error)))

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.console_errors.append(f"{message.text} ({message.location['url']})")

    def open_course(self) -> str:
        """Follow the page that JupyterLab opens for a learner; return the notebook it leads to."""
        self.page.goto(self.server.first_page.as_uri())
        self.page.wait_for_function(READY)
        return self.page.evaluate(f"() => {PANEL}.context.path")

    def open(self, notebook: str) -> None:
        """Open a notebook by its path in the project and wait until its kernel is ready."""
        server = self.server
        self.page.goto(f"{server.address}lab/tree/{notebook}?reset&token={server.token}")
        self.page.wait_for_function(READY)

    def cells(self) -> list[Cell]:
        """All cells of the open notebook."""
        return [Cell(**cell) for cell in self.page.evaluate(CELLS)]

    def find(self, start: str) -> int:
        """The index of the one cell whose source starts so.

        Raises:
            LookupError: no cell or several cells start so.
        """
        found = [i for i, cell in enumerate(self.cells()) if cell.source.startswith(start)]
        if len(found) != 1:
            raise LookupError(f"{len(found)} cells start with {start!r}")
        return found[0]

    def shown(self, index: int) -> str:
        """The text of a code cell's output as the browser renders it."""
        self._go_to(index)
        return self.page.locator(".jp-Cell.jp-mod-active .jp-OutputArea").inner_text()

    def run_all(self) -> list[Cell]:
        """Run all cells, wait for the last one, and return them."""
        self.page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
        return self.cells()

    def type_into(self, index: int, source: str) -> None:
        """Replace the source of a cell, at the keyboard."""
        self._go_to(index)
        editor = self.page.locator(".jp-Notebook .jp-Cell.jp-mod-active .cm-content")
        editor.click()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(source)
        typed = self.cells()[index].source
        if typed != source:
            raise AssertionError(f"typed {source!r}, the cell holds {typed!r}")

    def start_cell(self, index: int) -> None:
        """Run one cell and return as soon as the kernel is busy with it."""
        self._go_to(index)
        self.page.keyboard.press("Control+Enter")
        self.page.wait_for_function(
            f"() => {PANEL}.sessionContext.session.kernel.status === 'busy'", polling=20
        )

    def run_cell(self, index: int) -> Cell:
        """Run one cell, wait until it has ended, and return it."""
        self._go_to(index)
        self.page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-cell')")
        return self.cells()[index]

    def interrupt(self, index: int) -> Cell:
        """Press the stop button, wait until the kernel is idle, and return the cell."""
        self.page.locator('[data-command="notebook:interrupt-kernel"]').first.click()
        self.page.wait_for_function(READY)
        return self.cells()[index]

    def use_theme(self, name: str) -> None:
        """Switch to `JupyterLab Light` or `JupyterLab Dark`."""
        change = "theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})"
        self.page.evaluate(change, name)
        self.page.wait_for_selector(f'body[data-jp-theme-name="{name}"]', state="attached")
        self.page.wait_for_selector("#jupyterlab-splash", state="detached")

    def notifications(self) -> list[str]:
        """The texts of the messages that JupyterLab shows by itself."""
        return self.page.locator(".jp-Notification-Toast, .Toastify__toast").all_inner_texts()

    def save_pictures(self, folder: Path, name: str, index: int) -> None:
        """Save NAME-light.png and NAME-dark.png, scrolled to what a cell shows."""
        for theme in ("Dark", "Light"):
            self.use_theme(f"JupyterLab {theme}")
            self._go_to(index, align="end")
            self.page.screenshot(path=folder / f"{name}-{theme.lower()}.png")

    def _go_to(self, index: int, align: str = "start") -> None:
        self.page.evaluate(
            f"""async ([index, align]) => {{
                const notebook = {PANEL}.content;
                notebook.activeCellIndex = index;
                notebook.deselectAll();
                await notebook.scrollToItem(index, align);
                notebook.mode = 'command';
                notebook.node.focus();
            }}""",
            [index, align],
        )
