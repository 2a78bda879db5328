"""Opens what editors and operators write for triage: lexicons and help lines, with clear faults."""

from __future__ import annotations

from bot.errors import StartError
from bot.settings import Settings
from handoff.help_lines import CountryHelpLines, load_help_lines
from handoff.service_file import ServiceFileError
from handoff.triage import Triage
from handoff.triage_lexicons import LexiconInvalid, load_triage
from handoff.triage_rules import TriageSettings


def read_triage(settings: TriageSettings) -> Triage:
    """Loads triage with its lexicons.

    Raises:
        StartError: `bad_lexicon` with file, category and phrase.
    """
    try:
        return load_triage(settings=settings)
    except LexiconInvalid as error:
        raise StartError(
            "bad_lexicon",
            happened=f"The words of triage cannot be used: {error}.",
            todo="Correct the file; `babeldesk evaluate triage --check` checks all of them.",
        ) from None


def read_prototypes() -> dict[str, list[str]]:
    """Gives category -> sentences of all languages.

    Raises:
        StartError: `bad_prototypes` with file and category.
    """
    from nlu.likeness import PrototypesInvalid, load_prototypes

    try:
        return load_prototypes()
    except PrototypesInvalid as error:
        raise StartError(
            "bad_prototypes",
            happened=f"The prototypes of triage cannot be used: {error}.",
            todo="Correct the file; nlu/prototypes/README.md says how.",
        ) from None


def read_help_lines(settings: Settings) -> CountryHelpLines:
    """Reads whom somebody can call whose life is in danger.

    Raises:
        StartError: `bad_help_lines` with the place of the mistake.
    """
    path = settings.paths.help_lines
    try:
        return load_help_lines(path, home=settings.brain.market)
    except ServiceFileError as error:
        raise StartError(
            "bad_help_lines",
            happened=f"The help lines cannot be read: {error}.",
            todo=f"Correct {path}, or name another file with BABELDESK_HELP_LINES_FILE.",
        ) from None
