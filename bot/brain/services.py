"""Puts together what actions use: the catalogue's texts and the knowledge base's articles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actions.articles import SnapshotArticles
from actions.services import Services, set_services
from bot.texts import Catalogue
from nlu.components.resources import RESOURCES

if TYPE_CHECKING:
    from kb_index.index import LiveIndex


def build_services(*, formality: str = "formal") -> Services:
    """Gives the bundle over the resources of this process; opens nothing yet."""

    def index() -> LiveIndex:
        return RESOURCES.get_index()

    return Services(texts=Catalogue(formality=formality), articles=SnapshotArticles(index))


def install_services(*, formality: str = "formal") -> None:
    """Gives the actions of this process their services."""
    set_services(build_services(formality=formality))
