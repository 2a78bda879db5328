"""Reads the words of triage from `handoff/lexicons/<language>.yml` and checks them.

Editors may change the files; `handoff/lexicons/README.md` says how. A file with a fault is refused
as a whole, with its place: a silently missing category would let an emergency wait.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import yaml

from handoff.errors import HandoffError
from handoff.triage import Triage
from handoff.triage_rules import CATEGORIES, TriageSettings
from handoff.triage_words import GAPS, PHRASE_JOINTS, Lexicon

LEXICONS = Path(__file__).parent / "lexicons"
# Safe either way; with libyaml the lexicons load in a tenth of the time.
_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class LexiconInvalid(HandoffError):
    """A lexicon that cannot be used."""

    code: ClassVar[str] = "lexicon_invalid"

    def __init__(self, path: Path, fault: str) -> None:
        """Names the file and what is wrong with it."""
        super().__init__(path, fault)
        self.path = path
        self.fault = fault

    def __str__(self) -> str:
        return f"{self.path}: {self.fault}"


def load_triage(folder: Path = LEXICONS, *, settings: TriageSettings | None = None) -> Triage:
    """Loads triage with the lexicons of a folder.

    Raises:
        LexiconInvalid: If a file is faulty or English is missing.
    """
    return Triage(lexicons=load_lexicons(folder), settings=settings or TriageSettings())


def load_lexicons(folder: Path = LEXICONS) -> dict[str, Lexicon]:
    """Gives language tag -> lexicon of every `.yml` file in a folder; raises as `load_triage`."""
    lexicons = {path.stem: load_lexicon(path) for path in sorted(folder.glob("*.yml"))}
    if "en" not in lexicons:
        raise LexiconInvalid(folder / "en.yml", "the English lexicon is missing")
    return lexicons


def load_lexicon(path: Path) -> Lexicon:
    """Loads the lexicon in a file named after its language; raises `LexiconInvalid`."""
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)
    except (OSError, UnicodeError, yaml.YAMLError) as error:
        raise LexiconInvalid(path, f"cannot be read ({error})") from error
    if not isinstance(content, dict):
        raise LexiconInvalid(path, "must map categories to lists of phrases")
    if content.keys() != CATEGORIES:
        odd = ", ".join(sorted(str(name) for name in content.keys() ^ CATEGORIES))
        raise LexiconInvalid(path, f"categories missing or unknown: {odd}")
    for category, phrases in content.items():
        if not isinstance(phrases, list):
            raise LexiconInvalid(path, f"{category}: must be a list, may be []")
        for phrase in phrases:
            if not isinstance(phrase, str) or not _is_usable(phrase):
                raise LexiconInvalid(path, f"{category}: {phrase!r} is not a phrase")
    return Lexicon(language=path.stem, phrases={name: tuple(content[name]) for name in content})


def _is_usable(phrase: str) -> bool:
    """Tells whether a phrase has a word at both ends, and whole words between its bars."""
    words = phrase.split()
    options = [option for word in words for option in word.split("|")]
    return (
        bool(words)
        and not GAPS.keys() & {words[0], words[-1]}
        and not {"", "*"} & set(options)
        # An apostrophe or hyphen divides words, which a choice between words cannot hold.
        and not any("|" in word and PHRASE_JOINTS.search(word) for word in words)
    )
