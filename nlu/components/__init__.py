"""Rasa graph components: thin shells that put the results of our pure modules on the message.

Importing this package imports Rasa; nothing else in `nlu` does.
"""

from nlu.components.decider import Decider
from nlu.components.encoder_featurizer import SentenceEncoderFeaturizer
from nlu.components.entity_patterns import EntityPatterns
from nlu.components.language_identifier import LanguageIdentifier
from nlu.components.retriever import KnowledgeBaseRetriever
from nlu.components.tokenizer import SpacyBlankTokenizer
from nlu.components.triage_likeness import TriageLikeness

__all__ = [
    "Decider",
    "EntityPatterns",
    "KnowledgeBaseRetriever",
    "LanguageIdentifier",
    "SentenceEncoderFeaturizer",
    "SpacyBlankTokenizer",
    "TriageLikeness",
]
