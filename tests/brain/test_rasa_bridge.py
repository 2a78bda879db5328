"""Rasa runs here without TensorFlow and says clearly what it cannot do."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.brain.rasa_bridge.activate import activate
from bot.brain.rasa_bridge.finder import AFTER, BEFORE, STAND_INS, BridgeFinder
from bot.brain.rasa_bridge.install import PTH_NAME, install, pth_text
from bot.brain.rasa_bridge.standins import REFUSED, StandInModule, refusal

ROOT = Path(__file__).resolve().parents[2]


def run(code: str) -> str:
    """Runs code in a fresh interpreter with the bridge; gives what it prints."""
    line = f"import bot.brain.rasa_bridge.activate\n{code}"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", line],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_activation_is_idempotent() -> None:
    assert activate() is activate()
    assert sum(isinstance(finder, BridgeFinder) for finder in sys.meta_path) == 1


def test_activation_loads_nothing_heavy() -> None:
    heavy = "{'rasa', 'numpy', 'structlog', 'typing', 'importlib.util'}"
    code = f"import sys; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c",
         f"import sys; sys.path.insert(0, {str(ROOT)!r}); "
         f"import bot.brain.rasa_bridge.activate; {code}"],
        capture_output=True, text=True, timeout=30, check=True,
    )  # fmt: skip

    assert done.stdout.strip() == "[]"


def test_lookup_of_other_modules_is_cheap() -> None:
    finder = BridgeFinder()
    began = time.process_time()

    for _ in range(10_000):
        finder.find_spec("json.decoder", None)

    assert time.process_time() - began < 0.1


def test_rasa_starts_and_no_tensorflow_appears() -> None:
    code = """
import sys, warnings
import rasa.core.agent, numpy, packaging.version, os
import matplotlib.cbook
print("tensorflow" in sys.modules, hasattr(numpy, "VisibleDeprecationWarning"),
      hasattr(packaging.version, "LegacyVersion"), os.environ["RASA_TELEMETRY_ENABLED"])
"""
    assert run(code) == "False True True false"


def test_nothing_is_replaced_where_tensorflow_is_installed() -> None:
    finder = BridgeFinder(tensorflow_present=True)

    assert all(
        finder.find_spec(name, None) is None for name in STAND_INS - set(BEFORE) - set(AFTER)
    )


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_refusal_says_why_and_what_instead(name: str) -> None:
    sentence = refusal(f"rasa.some.module.{name}")

    assert sentence is not None
    assert "needs TensorFlow" in sentence
    assert "Instead, " in sentence


def test_other_components_are_not_refused() -> None:
    assert refusal("LogisticRegressionClassifier") is None


def test_stand_in_class_cannot_be_built() -> None:
    module = StandInModule("rasa.nlu.classifiers.diet_classifier")

    with pytest.raises(ImportError, match="LogisticRegressionClassifier"):
        module.DIETClassifier()
    with pytest.raises(AttributeError):
        _ = module.__wrapped__


@pytest.mark.parametrize("name", ["DIETClassifier", "ResponseSelector"])
def test_config_with_a_tensorflow_component_is_refused(name: str) -> None:
    code = f"""
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.exceptions import InvalidConfigException
config = {{"pipeline": [{{"name": "{name}"}}], "policies": []}}
try:
    DefaultV1Recipe().graph_config_for_recipe(config, {{}})
except InvalidConfigException as error:
    print(error)
"""
    assert run(code) == refusal(name)


def test_repairs_of_rasa() -> None:
    code = """
from rasa.core.tracker_store import SQLTrackerStore as Store
print(Store.get_db_url(db="x.db"))
print(Store.get_db_url("postgresql", host="h:5433", username="u", db="d"))
print(Store.get_db_url(host="sqlite:///y.db"))
from rasa.shared.core.events import Event, SlotSet
print(Event.resolve_by_type("slot") is SlotSet, Event.resolve_by_type("slot") is SlotSet)
try:
    Event.resolve_by_type("nonsense")
except ValueError as error:
    print(error)
from rasa.core.actions.action import RemoteAction
action = RemoteAction("a", None)
print(action._validate_action_result({"events": [], "responses": []}))
try:
    action._validate_action_result({"events": [{"event": 1}], "responses": 7})
except Exception as error:
    print(type(error).__name__)
from rasa.utils.endpoints import EndpointConfig
print(type(EndpointConfig.from_dict({"url": "inprocess://actions"})).__name__,
      type(EndpointConfig.from_dict({"url": "http://x"})).__name__)
import rasa.shared.utils.io as io
first = io.read_yaml("a: [1, 2]"); first["a"].append(3)
print(io.read_yaml("a: [1, 2]"))
"""
    assert run(code).splitlines() == [
        "sqlite:///x.db",
        "postgresql+psycopg2://u@h:5433/d",
        "sqlite:///y.db",
        "True True",
        "Unknown event name 'nonsense'.",
        "True",
        "ValidationError",
        "InProcessActions EndpointConfig",
        "{'a': [1, 2]}",
    ]


def test_wrong_training_file_is_still_named_with_its_line() -> None:
    code = """
from rasa.shared.utils.validation import validate_yaml_schema, YamlValidationException
schema = "shared/nlu/training_data/schemas/nlu.yml"
try:
    validate_yaml_schema("version: '3.1'\\nnlu:\\n- intnt: x\\n", schema)
except YamlValidationException as error:
    print("line" in str(error).lower())
"""
    assert run(code) == "True"


def test_installing_twice_changes_nothing(tmp_path: Path) -> None:
    assert install(site_packages=tmp_path, checkout=ROOT)
    assert not install(site_packages=tmp_path, checkout=ROOT)
    assert (tmp_path / PTH_NAME).read_text(encoding="utf-8") == pth_text(ROOT)


def test_moved_checkout_is_written_anew_and_a_removed_one_is_quiet(tmp_path: Path) -> None:
    install(site_packages=tmp_path, checkout=tmp_path / "gone")

    lines = (tmp_path / PTH_NAME).read_text(encoding="utf-8").splitlines()
    exec(lines[1])  # what `site` does with the line; the checkout is gone, so nothing happens

    assert install(site_packages=tmp_path, checkout=ROOT)


def test_lean_process_loads_large_modules_only_when_they_are_used() -> None:
    code = (
        "from bot.brain.lean import go_lean, load_skops; go_lean(); load_skops();"
        "import sys; from scipy.stats import rankdata;"
        "early = 'scipy.stats._stats_py' in sys.modules; ranks = rankdata([3, 1, 2]);"
        "late = 'scipy.stats._stats_py' in sys.modules; print(early, list(map(int, ranks)), late)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )

    assert result.stdout.strip() == "False [3, 1, 2] True"


def test_a_cached_component_is_found_after_its_place_changed(tmp_path: Path) -> None:
    code = f"""
from pathlib import Path
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
cached, stored = Path({str(tmp_path)!r}) / 'cached', Path({str(tmp_path)!r}) / 'stored'
cached.mkdir(), stored.mkdir()
(cached / 'train_Classifier4.skops').write_text('weights')
(cached / 'other4.json').write_text('kept')
storage = LocalModelStorage(stored)
resource = Resource.from_cache('train_Classifier5', cached, storage, 'f')
Resource.from_cache('train_Empty1', stored / 'nowhere', storage, 'f')
with storage.read_from(resource) as folder:
    print(sorted(path.name for path in folder.iterdir()))
"""

    assert run(code) == "['other4.json', 'train_Classifier5.skops']"
