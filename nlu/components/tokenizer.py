"""Splits text with spaCy's rules for the language of the conversation; no model is downloaded."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message

from nlu.components.keys import LANGUAGE
from nlu.hiding import hidden

FALLBACK_LANGUAGE = "xx"
"""spaCy's code for its language-neutral rules."""
MAX_CHARS = 2_000
"""Longer texts are split only this far; a question stands at the beginning."""
# spaCy peels prefixes and suffixes off one by one, each time copying the rest: a message of 4,000
# emoji took it seconds. Runs of signs carry no words, so they are blanked before the splitting;
# in a chunk longer than any word ("'s's's...") every sign is.
_SIGNS = re.compile(r"(?:[^\w\s]|_){4,}")
_CHUNK = re.compile(r"\S{101,}")
_SIGN = re.compile(r"[^\w\s]|_")
# spaCy's French list of 16,000 hyphenated words costs 35 MB and four seconds at every start;
# Italian rules split elisions ("l'article") in the same way.
_RULES_OF = {"fr": "it"}


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class SpacyBlankTokenizer(Tokenizer):  # type: ignore[misc]  # Rasa has no type information
    """Reads `text` and `language`; writes `text_tokens`."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Gives the settings that every Rasa tokenizer knows."""
        return {
            "intent_tokenization_flag": False,
            "intent_split_symbol": "_",
            "token_pattern": None,
            "prefix_separator_symbol": None,
        }

    @staticmethod
    def required_packages() -> list[str]:
        """Names what must be importable."""
        return ["spacy"]

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """Splits one attribute; a text of blanks only gives one empty-handed token."""
        text = (message.get(attribute) or "")[:MAX_CHARS]
        language = (message.get(LANGUAGE) or {}).get("conversation")
        split = load_tokenizer(language or FALLBACK_LANGUAGE)
        parts = split(blank_signs(text))
        tokens = [Token(part.text, part.idx) for part in parts if not part.is_space]
        # Rasa's featurizers and extractors expect at least one token.
        split_further: list[Token] = self._apply_token_pattern(tokens or [Token(text or " ", 0)])
        return split_further


def blank_signs(text: str) -> str:
    """Gives a copy of the same length in which long runs of signs are blanks; offsets stay."""
    shorter = _SIGNS.sub(lambda run: " " * len(run.group()), text)
    return _CHUNK.sub(lambda chunk: _SIGN.sub(" ", chunk.group()), shorter)


def load_tokenizers(languages: Iterable[str]) -> None:
    """Loads the tokenizers that will be needed; each takes 0.1 to 0.3 s the first time."""
    for language in languages:
        load_tokenizer(language)


@functools.lru_cache(maxsize=32)
def load_tokenizer(language: str) -> Any:
    """Loads spaCy's tokenizer for a language tag, or the neutral one where spaCy knows none."""
    with hidden():
        import spacy
    base = language.split("-", 1)[0]
    try:
        return spacy.blank(_RULES_OF.get(base, base)).tokenizer
    except ImportError:  # spaCy's way to say that it does not know the language
        return spacy.blank(FALLBACK_LANGUAGE).tokenizer
