"""The repairs, one function per module of Rasa; each says what breaks without it.

`finder` decides when they run. Each is harmless when it runs twice.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import json
import logging
import os
import warnings
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

DOMAIN_FOLDER = "bot/domain"


def prepare_process() -> None:
    """Runs before Rasa's first line: no telemetry, no debug log, no noise from old code.

    Rasa sends usage data unless told otherwise, and structlog prints every debug event to standard
    output until it is configured; Rasa deep-copies events for those lines, so that costs CPU too.
    """
    os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
    silence_known_warnings()
    import structlog

    if not structlog.is_configured():
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))


def silence_known_warnings() -> None:
    """Filters the warnings that Rasa 3.6 raises by itself and that nobody here can act on."""
    for message, category in (
        (r"pkg_resources is deprecated", UserWarning),
        (r"Deprecated call to `pkg_resources", DeprecationWarning),
        (r"The ``declarative_base\(\)`` function", Warning),
        (r"jsonpickle", Warning),
        (r"Slot auto-fill has been removed", UserWarning),
        (r"invalid escape sequence", DeprecationWarning),
        (r"'multi_class' was deprecated", FutureWarning),
        (r"'penalty' was deprecated", FutureWarning),
        (r"Nesting argument groups", DeprecationWarning),
        (r"the load_module\(\) method", DeprecationWarning),
        # Entities and their values come from patterns and lexicons, not from the examples.
        (r"You have defined training data consisting of entity examples", UserWarning),
        (r"You have defined synonyms in your training data", UserWarning),
    ):
        warnings.filterwarnings("ignore", message=message, category=category)
    for module in (
        "rasa",
        "sanic",
        "pkg_resources",
        "slack",
        "aiogram",
        "sklearn_crfsuite",
    ):
        warnings.filterwarnings("ignore", category=DeprecationWarning, module=rf"{module}(\.|$)")


def alias_legacy_version() -> None:
    """Adds `packaging.version.LegacyVersion`, which packaging 22 removed and Rasa imports.

    Rasa only asks whether a parsed version is one; since packaging 22 none ever is.
    """
    import packaging.version

    if not hasattr(packaging.version, "LegacyVersion"):
        legacy = type("LegacyVersion", (), {"__doc__": "Never instantiated; see alias."})
        packaging.version.LegacyVersion = legacy  # type: ignore[attr-defined]  # that is the repair


def alias_visible_deprecation_warning() -> None:
    """Adds `numpy.VisibleDeprecationWarning`, which numpy 2 moved to `numpy.exceptions`."""
    import numpy

    if not hasattr(numpy, "VisibleDeprecationWarning"):
        moved = numpy.exceptions.VisibleDeprecationWarning
        numpy.VisibleDeprecationWarning = moved  # type: ignore[attr-defined]  # that is the repair


def cache_event_types(module: ModuleType) -> None:
    """Looks event classes up in a dictionary.

    `Event.resolve_by_type` walks all subclasses with `inspect.isabstract` for every stored event;
    at 550 events that was 48 % of the time of a message.
    """
    event = module.Event
    original = event.resolve_by_type
    known: dict[str, type] = {}

    def resolve_by_type(type_name: str, default: type | None = None) -> type | None:
        found = known.get(type_name)
        if found is None:
            found = original(type_name, default)
            if found is not None and found is not default:
                known[type_name] = found
        return found

    event.resolve_by_type = staticmethod(resolve_by_type)


def compile_action_validator(module: ModuleType) -> None:
    """Compiles the schema of action results once instead of at every action.

    `jsonschema.validate` checks the constant schema against its metaschema each time: 14 to 28 ms
    per action against 0.02 ms for a validator that is built once.
    """
    remote_action = module.RemoteAction
    validators: list[Any] = []

    def _validate_action_result(self: Any, result: dict[str, Any]) -> bool:
        if _holds_only_slots(result):
            return True
        if not validators:
            import jsonschema  # type: ignore[import-untyped]  # no stubs among our tools

            validators.append(jsonschema.Draft202012Validator(self.action_response_format_spec()))
        for error in validators[0].iter_errors(result):
            error.message += ". The action's result does not have the form that Rasa expects."
            raise error
        return True

    remote_action._validate_action_result = _validate_action_result


def skip_debug_copies(module: ModuleType) -> None:
    """Stops deep copies that are made only for debug lines nobody prints.

    The named modules use `copy` for nothing else; the lines themselves stay and show the originals.
    """
    vars(module)["copy"] = SimpleNamespace(deepcopy=lambda value: value)


def mend_rule_policy(module: ModuleType) -> None:
    """Does both repairs of the rule policy."""
    skip_debug_copies(module)
    match_texts_only_with_text_rules(module)


def match_texts_only_with_text_rules(module: ModuleType) -> None:
    """Looks for rules by the message's text only if a rule was written with a text.

    Rasa looks twice, by text and by intent. A rule without any user turn (ours are of that kind:
    they look at the slot `act`) is then found by text, and Rasa believes in an end-to-end
    prediction and fills the slots a second time. It also halves the policy's work.
    """
    policy = module.RulePolicy
    original = policy._find_action_from_rules

    def _find_action_from_rules(
        self: Any, tracker: Any, domain: Any, use_text_for_last_user_input: bool
    ) -> Any:
        if use_text_for_last_user_input and not _has_text_rules(self):
            return None, None, False
        return original(self, tracker, domain, use_text_for_last_user_input)

    policy._find_action_from_rules = _find_action_from_rules


def _has_text_rules(policy: Any) -> bool:
    rules = policy.lookup.get("rules", {})
    known = getattr(policy, "_babeldesk_text_rules", None)
    if known is None or known[0] != len(rules):
        states = (state for key in rules for state in json.loads(key))
        known = (len(rules), any("text" in state.get("user", {}) for state in states))
        policy._babeldesk_text_rules = known
    return bool(known[1])


def read_prediction_graph_only(module: ModuleType) -> None:
    """Leaves a model's training graph unread in a lean process.

    Reading it imports every training component and with them matplotlib.
    """
    from bot.brain.rasa_bridge.activate import activate

    if not activate().is_lean:
        return
    metadata = module.ModelMetadata
    original = metadata.from_dict.__func__

    def from_dict(cls: Any, serialized: dict[str, Any]) -> Any:
        return original(cls, {**serialized, "train_schema": {"nodes": {}}})

    metadata.from_dict = classmethod(from_dict)


def classify_dense_features(module: ModuleType) -> None:
    """Gives dense features to scikit-learn as they are, not through a sparse matrix (1 ms)."""
    import numpy

    classifier = module.LogisticRegressionClassifier
    original = classifier._create_X

    def _create_X(self: Any, messages: list[Any]) -> Any:
        rows = []
        for message in messages:
            sparse = message.get_sparse_features(attribute=module.TEXT)[1]
            dense = message.get_dense_features(attribute=module.TEXT)[1]
            if sparse or not dense:
                return original(self, messages)
            rows.append(dense.features)
        return numpy.vstack(rows)

    classifier._create_X = _create_X
    process = classifier.process

    # Rasa checks the graph by the signature of each method.
    @functools.wraps(process)
    def _process(self: Any, messages: list[Any]) -> list[Any]:
        # One message at a time, as a conversation brings them: scikit-learn's checks of its input
        # take ten times longer than the sum itself.
        weights = getattr(self.clf, "coef_", None)
        if len(messages) != 1 or weights is None or len(weights) < 3:
            return list(process(self, messages))
        dense = messages[0].get_dense_features(attribute=module.TEXT)[1]
        if messages[0].get_sparse_features(attribute=module.TEXT)[1] or not dense:
            return list(process(self, messages))
        scores = weights @ numpy.asarray(dense.features, dtype=weights.dtype)[0]
        scores += self.clf.intercept_
        chances = numpy.exp(scores - scores.max())
        chances /= chances.sum()
        order = numpy.argsort(-chances, kind="stable")
        length = self.config[module.RANKING_LENGTH] or len(order)
        names = self.clf.classes_
        ranking = [{"name": str(names[i]), "confidence": float(chances[i])} for i in order[:length]]
        messages[0].set("intent", dict(ranking[0]), add_to_output=True)
        messages[0].set("intent_ranking", ranking, add_to_output=True)
        return messages

    classifier.process = _process


def _holds_only_slots(result: Any) -> bool:
    """Says whether a result is plainly right, as most are; the schema tries 20 event types."""
    if not isinstance(result, dict) or not isinstance(result.get("responses"), list):
        return False
    events = result.get("events")
    return (
        isinstance(events, list)
        and all(
            isinstance(event, dict)
            and event.get("event") == "slot"
            and isinstance(event.get("name"), str)
            and "value" in event
            and isinstance(event.get("timestamp"), float | int | None)
            for event in events
        )
        and all(isinstance(response, dict) for response in result["responses"])
    )


def remember_yaml(module: ModuleType) -> None:
    """Parses a YAML text once per process.

    A training run parses every data file and every schema between four and a thousand times with
    a pure-Python parser: two minutes for 200 small files, ten seconds when remembered.
    """
    original = module.read_yaml
    known: dict[str, Any] = {}

    def read_yaml(content: str, reader_type: str | list[str] = "safe") -> Any:
        if reader_type != "safe":
            return original(content, reader_type)
        if content not in known:
            known[content] = original(content, reader_type)
        return copy.deepcopy(known[content])

    vars(module)["read_yaml"] = read_yaml


def remember_validations(module: ModuleType) -> None:
    """Checks a YAML text against its schema once per process, without line numbers at first.

    Rasa parses with line numbers for its error messages, which takes twice as long; here that is
    done only for a text that turned out to be wrong.
    """
    original = module.validate_yaml_schema
    good: set[tuple[str, str, str]] = set()

    def validate_yaml_schema(
        yaml_file_content: str, schema_path: str, package_name: str = module.PACKAGE_NAME
    ) -> None:
        key = (yaml_file_content, schema_path, package_name)
        if key in good:
            return
        io = module.rasa.shared.utils.io
        careful = io.read_yaml
        io.read_yaml = lambda content, reader_type="safe": careful(content)
        try:
            original(*key)
        except Exception:
            io.read_yaml = careful
            original(*key)
        finally:
            io.read_yaml = careful
        good.add(key)

    vars(module)["validate_yaml_schema"] = validate_yaml_schema


def build_database_urls(module: ModuleType) -> None:
    """Builds tracker store URLs with `URL.create`; the constructor Rasa calls is gone.

    Also names psycopg2 for PostgreSQL, because SQLAlchemy 2.1 changed the default driver.
    """
    from urllib.parse import urlsplit

    from sqlalchemy.engine import URL

    def get_db_url(
        dialect: str = "sqlite",
        host: str | None = None,
        port: int | str | None = None,
        db: str = "rasa.db",
        username: str | None = None,
        password: str | None = None,
        login_db: str | None = None,
        query: dict[str, str] | None = None,
    ) -> URL | str:
        if host and "://" in host:
            return host
        if host:
            parts = urlsplit(f"scheme://{host}")
            port, host = parts.port or port, parts.hostname or host
        driver = "postgresql+psycopg2" if dialect == "postgresql" else dialect
        number = int(port) if port else None
        database = login_db or db
        return URL.create(driver, username, password, host, number, database, query or {})

    module.SQLTrackerStore.get_db_url = staticmethod(get_db_url)


def rename_cached_files(module: ModuleType) -> None:
    """Lets a component find its files in the training cache after its place has changed.

    Rasa names a classifier's file after its place in the pipeline (`train_X4.skops`), but not its
    entry in the cache. With a component put before it, a model is written that cannot be loaded.
    """
    original = module.Resource.from_cache.__func__

    def from_cache(
        cls: Any, node_name: str, directory: Path, model_storage: Any, output_fingerprint: str
    ) -> Any:
        resource = original(cls, node_name, directory, model_storage, output_fingerprint)
        component = node_name.rstrip("0123456789")
        with contextlib.suppress(ValueError), model_storage.read_from(resource) as folder:
            for file in folder.iterdir():
                if file.stem.rstrip("0123456789") == component and file.stem != node_name:
                    file.rename(file.with_name(f"{node_name}{file.suffix}"))
        return resource

    module.Resource.from_cache = classmethod(from_cache)


def refuse_tensorflow_components(module: ModuleType) -> None:
    """Refuses DIET, TED and friends with a sentence that says why and what to use instead."""
    from bot.brain.rasa_bridge.finder import STAND_INS
    from bot.brain.rasa_bridge.standins import StandInModule, refusal

    recipe = module.DefaultV1Recipe
    original = recipe._from_registry.__func__

    def _from_registry(cls: Any, name: str) -> Any:
        import sys

        sentence = refusal(name)
        stand_ins = (sys.modules.get(known) for known in STAND_INS)
        if sentence and any(isinstance(found, StandInModule) for found in stand_ins):
            raise module.InvalidConfigException(sentence)
        return original(cls, name)

    recipe._from_registry = classmethod(_from_registry)


def default_to_domain_folder(module: ModuleType) -> None:
    """Lets plain `rasa train` find the domain in `bot/domain` when there is no `domain.yml`."""
    if not Path(module.DEFAULT_DOMAIN_PATH).exists() and Path(DOMAIN_FOLDER).is_dir():
        vars(module)["DEFAULT_DOMAIN_PATH"] = DOMAIN_FOLDER


def offer_inprocess_actions(module: ModuleType) -> None:
    """Makes `url: inprocess://...` in endpoints.yml an endpoint that needs no action server."""
    config = module.EndpointConfig

    def from_dict(data: dict[str, Any]) -> Any:
        if str(data.get("url", "")).startswith("inprocess://"):
            from bot.brain.rasa_bridge.inprocess import InProcessActions

            return InProcessActions(**data)
        return config(**data)

    config.from_dict = staticmethod(from_dict)
