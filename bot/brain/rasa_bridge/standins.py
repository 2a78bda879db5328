"""Stand-ins for Rasa's TensorFlow modules, and the sentence that refuses them in a config file.

Other Rasa modules import classes from these modules only to list them or to compare with them. A
stand-in answers every public name with an empty class that says what to do when somebody tries to
build it.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any

_FOR_INTENTS = (
    "use LogisticRegressionClassifier on the features of "
    "nlu.components.SentenceEncoderFeaturizer for intents, and "
    "nlu.components.EntityPatterns, CRFEntityExtractor or RegexEntityExtractor for entities"
)
_FOR_POLICIES = "use RulePolicy together with MemoizationPolicy or AugmentedMemoizationPolicy"
_FOR_FEATURES = "use nlu.components.SentenceEncoderFeaturizer"

# Component name in config.yml -> what to use instead.
REFUSED = {
    "DIETClassifier": _FOR_INTENTS,
    "TEDPolicy": _FOR_POLICIES,
    "UnexpecTEDIntentPolicy": (
        "remove it (nlu.components.Decider already weighs unsure messages) and "
        "let RulePolicy and MemoizationPolicy choose the next action"
    ),
    "ResponseSelector": (
        "put the answers into the knowledge base and use nlu.components.KnowledgeBaseRetriever"
    ),
    "ConveRTFeaturizer": _FOR_FEATURES,
    "LanguageModelFeaturizer": _FOR_FEATURES,
}


def refusal(name: str) -> str | None:
    """Gives the sentence that refuses a component by its name in config.yml, or None."""
    short = name.rpartition(".")[2]
    advice = REFUSED.get(short)
    if advice is None:
        return None
    return (
        f"'{short}' needs TensorFlow, which Babeldesk does not install because it costs about "
        f"1 GB of disk, 500 MB of memory and half a minute at every start. Instead, {advice}."
    )


class StandInModule(ModuleType):
    """A module whose public names are all classes that cannot be built."""

    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        base = _NeedsTensorFlow if "tensorflow" in self.__name__ or name in REFUSED else _LeftOut
        made: type = type(name, (base,), {"__module__": self.__name__})
        setattr(self, name, made)
        return made


class LateModule(ModuleType):
    """Stands for a large module; each public name is a function that loads the real one."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        module = self.__name__

        def late(*args: Any, **kwargs: Any) -> Any:
            return getattr(load_real(module), name)(*args, **kwargs)

        late.__name__ = name
        setattr(self, name, late)
        return late


def load_real(name: str) -> ModuleType:
    """Puts the real module in the place of its `LateModule` and gives it."""
    found = sys.modules.get(name)
    if found is not None and not isinstance(found, LateModule):
        return found
    from bot.brain.rasa_bridge.activate import activate

    finder = activate()
    was_lean, finder.is_lean = finder.is_lean, False
    # The real ones import each other, so none of the others may stay in their place either.
    for known in [key for key, module in sys.modules.items() if isinstance(module, LateModule)]:
        del sys.modules[known]
    try:
        return importlib.import_module(name)
    finally:
        finder.is_lean = was_lean


class _LeftOut:
    """Base of classes that this process does without; see `bot.brain.lean`."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        raise ImportError(f"'{type(self).__name__}' is left out of the brain process.")

    @classmethod
    def name(cls) -> str:
        """Gives a name, because Rasa lists its channels by name."""
        return cls.__name__


class _NeedsTensorFlow:
    """Base of classes that cannot work here."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        name = type(self).__name__
        raise ImportError(refusal(name) or f"'{name}' needs TensorFlow, which is not installed.")
