"""E-mail to customers."""

from __future__ import annotations

import logging
from typing import Protocol

_log = logging.getLogger(__name__)


class EmailService(Protocol):
    """What sends the worker's mail."""

    async def send_welcome_email(self, email: str, /) -> None:
        """Send the welcome mail to the address `email`."""


class LoggedEmail:
    """The embedded EmailService: it writes to the log and sends nothing."""

    async def send_welcome_email(self, email: str, /) -> None:
        """Log the mail that would go to `email`."""
        _log.info("welcome mail to %s", email)
