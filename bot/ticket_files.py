"""What the support lead writes about tickets, read at the start."""

from __future__ import annotations

from bot.errors import StartError
from bot.settings import PathSettings
from handoff.service_file import ServiceFileError
from handoff.tickets.classification import Classifier
from handoff.tickets.config import load_classifier, load_ticket_rules
from handoff.tickets.rules import TicketRules


def read_tickets(paths: PathSettings) -> tuple[TicketRules, Classifier]:
    """Reads what the support lead writes about tickets.

    Raises:
        StartError: `bad_service_file` with the place of the mistake.
    """
    try:
        return load_ticket_rules(paths.service), load_classifier(paths.categories)
    except ServiceFileError as error:
        raise StartError(
            "bad_service_file",
            happened=f"What is said about tickets cannot be read: {error}.",
            todo=f"Correct the file named there, under {paths.service} or {paths.categories}.",
        ) from None
