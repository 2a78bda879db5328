"""The import hook: which modules are replaced and which are mended when they are first imported.

Names are known here, the work is not: the code that patches is imported when it is needed, so that
a process that never imports Rasa pays for two dictionary look-ups per import and nothing else.
"""

from __future__ import annotations

import importlib
import sys
from importlib.machinery import ModuleSpec

# Imported at every interpreter start: `typing`, `importlib.abc` and the like would cost 10 ms.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.abc import Loader
    from types import ModuleType
    from typing import Any

# Rasa's modules that import TensorFlow at their top, whatever the pipeline is.
STAND_INS = frozenset(
    {
        "rasa.core.policies.ted_policy",
        "rasa.core.policies.unexpected_intent_policy",
        "rasa.nlu.classifiers.diet_classifier",
        "rasa.nlu.featurizers.dense_featurizer.convert_featurizer",
        "rasa.nlu.featurizers.dense_featurizer.lm_featurizer",
        "rasa.nlu.selectors.response_selector",
        "rasa.utils.tensorflow.callback",
        "rasa.utils.tensorflow.crf",
        "rasa.utils.tensorflow.data_generator",
        "rasa.utils.tensorflow.layers",
        "rasa.utils.tensorflow.layers_utils",
        "rasa.utils.tensorflow.metrics",
        "rasa.utils.tensorflow.models",
        "rasa.utils.tensorflow.rasa_layers",
        "rasa.utils.tensorflow.transformer",
        "rasa.utils.tensorflow.types",
    }
)

# Modules that a process which only answers turns never uses (see `bot.brain.lean`): Rasa's own
# channels with their providers' clients, and the data model of the TensorFlow components.
LEAN_STAND_INS = frozenset(
    {
        "rasa.core.channels.botframework",
        "rasa.core.channels.callback",
        "rasa.core.channels.console",
        "rasa.core.channels.facebook",
        "rasa.core.channels.hangouts",
        "rasa.core.channels.mattermost",
        "rasa.core.channels.rasa_chat",
        "rasa.core.channels.rest",
        "rasa.core.channels.rocketchat",
        "rasa.core.channels.slack",
        "rasa.core.channels.socketio",
        "rasa.core.channels.telegram",
        "rasa.core.channels.twilio",
        "rasa.core.channels.twilio_voice",
        "rasa.core.channels.webexteams",
        "rasa.core.test",
        "rasa.utils.tensorflow.model_data",
        "rasa.utils.tensorflow.model_data_utils",
    }
)

# Large modules that are imported but not used when a turn is answered: loaded when somebody does.
# scikit-learn imports them (30 MB, a second) for things that only happen in training.
LEAN_LATE = frozenset({"scipy.integrate", "scipy.interpolate", "scipy.stats"})

# Module -> function in `patches` that runs before the module's own code.
BEFORE = {
    "rasa": "prepare_process",
    # SQLAlchemy puts its own warning filters in front of ours when it is imported.
    "rasa.core.tracker_store": "silence_known_warnings",
    "rasa.engine.caching": "silence_known_warnings",
    "rasa.shared.utils.validation": "alias_legacy_version",
    "rasa.utils.common": "alias_visible_deprecation_warning",
}

# Module -> function in `patches` that gets the module after its own code has run.
AFTER = {
    "rasa.core.actions.action": "compile_action_validator",
    "rasa.core.policies.memoization": "skip_debug_copies",
    "rasa.core.policies.rule_policy": "mend_rule_policy",
    "rasa.core.processor": "skip_debug_copies",
    "rasa.core.tracker_store": "build_database_urls",
    "rasa.engine.recipes.default_recipe": "refuse_tensorflow_components",
    "rasa.engine.storage.resource": "rename_cached_files",
    "rasa.engine.storage.storage": "read_prediction_graph_only",
    "rasa.nlu.classifiers.logistic_regression_classifier": "classify_dense_features",
    "rasa.shared.constants": "default_to_domain_folder",
    "rasa.shared.core.events": "cache_event_types",
    "rasa.shared.utils.io": "remember_yaml",
    "rasa.shared.utils.validation": "remember_validations",
    "rasa.utils.endpoints": "offer_inprocess_actions",
}

_PATCHES = "bot.brain.rasa_bridge.patches"


class BridgeFinder:
    """Finds nothing of its own except stand-ins; wraps the loaders of the modules named above."""

    def __init__(self, *, tensorflow_present: bool | None = None) -> None:
        self._tensorflow_present = tensorflow_present
        self.is_lean = False

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """Gives a wrapped spec for the modules named in this file, None for all others."""
        if self.is_lean and fullname in LEAN_LATE:
            return _late(fullname)
        if not fullname.startswith("rasa"):
            return None
        if fullname in STAND_INS and not self.is_tensorflow_present():
            return _stand_in(fullname)
        if self.is_lean and fullname in LEAN_STAND_INS:
            return _stand_in(fullname)
        if fullname not in BEFORE and fullname not in AFTER:
            return None
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(fullname, path, target)
            if spec is not None and spec.loader is not None:
                mending: Any = _MendingLoader(spec.loader)
                spec.loader = mending
                return spec
        return None

    def is_tensorflow_present(self) -> bool:
        """Says whether a real TensorFlow is installed; then nothing is replaced."""
        if self._tensorflow_present is None:
            import importlib.util

            self._tensorflow_present = importlib.util.find_spec("tensorflow") is not None
        return self._tensorflow_present


def _stand_in(fullname: str) -> ModuleSpec:
    loader: Any = _StandInLoader()
    return ModuleSpec(fullname, loader, origin="babeldesk stand-in")


def _late(fullname: str) -> ModuleSpec:
    loader: Any = _LateLoader()
    return ModuleSpec(fullname, loader, origin="babeldesk late module")


class _LateLoader:
    """Makes a module whose functions load the real module when one of them is called."""

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        from bot.brain.rasa_bridge.standins import LateModule

        return LateModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Does nothing: the real module's code runs when it is needed."""


class _StandInLoader:
    """Makes the stand-in for one of Rasa's TensorFlow modules."""

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        from bot.brain.rasa_bridge.standins import StandInModule

        return StandInModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Does nothing: a stand-in makes its classes when they are asked for."""


class _MendingLoader:
    """Runs the module's own loader between a `BEFORE` and an `AFTER` patch."""

    def __init__(self, inner: Loader) -> None:
        self._inner = inner

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._inner.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        name = module.__name__
        if name in BEFORE:
            getattr(importlib.import_module(_PATCHES), BEFORE[name])()
        # Rasa reads its own module through `__spec__.loader` for resources; give the real one back.
        if module.__spec__ is not None:
            module.__spec__.loader = self._inner
        module.__loader__ = self._inner
        self._inner.exec_module(module)
        if name in AFTER:
            getattr(importlib.import_module(_PATCHES), AFTER[name])(sys.modules[name])
