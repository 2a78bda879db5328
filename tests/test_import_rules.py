"""The arrows between packages, and what a light module may never pull in."""

from __future__ import annotations

import ast
import functools
import gc
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("bot", "nlu", "kb_index", "actions", "handoff")
ALLOWED = {
    "bot": {"bot", "actions", "nlu", "handoff", "kb_index"},
    "actions": {"actions", "nlu", "handoff", "kb_index"},
    "nlu": {"nlu", "kb_index"},
    "handoff": {"handoff"},
    "kb_index": {"kb_index"},
}
# Rasa is imported in these places only; everything else must survive its replacement.
RASA_HOMES = ("nlu/components", "bot/brain")
# Pure modules: the standard library, numpy and our own pure modules. No clock, files or network.
PURE = (
    "kb_index/article.py",
    "kb_index/passages.py",
    "kb_index/confidence.py",
    "kb_index/evaluation.py",
    "nlu/text.py",
    "nlu/scripts.py",
    "nlu/scope.py",
    "nlu/shape.py",
    "nlu/lexicon.py",
    "nlu/languages.py",
    "nlu/decision.py",
    "nlu/entities.py",
    "handoff/conversation.py",
    "handoff/customers/merging.py",
    "handoff/customers/model.py",
    "handoff/facts.py",
    "handoff/sla/calendars.py",
    "handoff/sla/changes.py",
    "handoff/sla/clocks.py",
    "handoff/sla/expected.py",
    "handoff/sla/policy.py",
    "handoff/sla/standing.py",
    "handoff/rules/conditions.py",
    "handoff/rules/engine.py",
    "handoff/rules/model.py",
    "handoff/rules/parsing.py",
    "handoff/rules/templates.py",
    "handoff/service_file.py",
    "handoff/ticket.py",
    "handoff/tickets/classification.py",
    "handoff/tickets/rules.py",
    "handoff/tickets/search_text.py",
    "handoff/tickets/summary.py",
    "handoff/tokens/claims.py",
    "handoff/tokens/model.py",
    "handoff/transcript.py",
    "handoff/triage.py",
    "handoff/triage_config.py",
    "handoff/triage_reading.py",
    "handoff/triage_rules.py",
    "handoff/triage_spelling.py",
    "handoff/triage_words.py",
    "handoff/routing/effort.py",
    "handoff/routing/engine.py",
    "handoff/routing/fit.py",
    "handoff/routing/model.py",
    "handoff/routing/order.py",
    "handoff/routing/reasons.py",
    "handoff/routing/returns.py",
    "handoff/work/model.py",
    "handoff/versions.py",
    "handoff/webhooks/facts.py",
    "handoff/webhooks/model.py",
    "handoff/webhooks/signing.py",
    "handoff/webhooks/targets.py",
    "handoff/work/rules.py",
    "bot/breaker.py",
    "bot/dispatch_rules.py",
    "bot/realtime/view_changes.py",
    "bot/webhook_answers.py",
)
IMPURE_STANDARD = {"os", "socket", "time", "subprocess", "random", "asyncio", "threading", "shutil"}


def modules() -> list[Path]:
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))
            if "node_modules" not in path.parts]  # fmt: skip


@functools.cache
def parsed(path: Path) -> ast.Module:
    """Parses undisturbed: what the collector ends meanwhile may parse as well, and CPython 3.11
    then fails with "AST constructor recursion depth mismatch".
    """
    gc.disable()
    try:
        return ast.parse(path.read_text(encoding="utf-8"))
    finally:
        gc.enable()


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


@pytest.mark.parametrize("package", PACKAGES)
def test_arrows_between_packages(package: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sorted((ROOT / package).rglob("*.py"))
        for name in imported(path)
        if (top := name.split(".")[0]) in PACKAGES and top not in ALLOWED[package]
    ]

    assert wrong == []


def test_rasa_is_imported_only_by_components_and_brain() -> None:
    wrong = [
        f"{relative} imports {name}"
        for path in modules()
        if not (relative := path.relative_to(ROOT).as_posix()).startswith(RASA_HOMES)
        for name in imported(path)
        if name.split(".")[0] == "rasa"
    ]

    assert wrong == []


def test_only_settings_read_the_environment() -> None:
    # The brain has its own settings; the bridge sets variables before Rasa looks at them.
    # Training hands its parent's environment on to a child and reads one value there.
    homes = (
        "bot/settings.py",
        "bot/brain/settings.py",
        "bot/brain/rasa_bridge/",
        "bot/brain/train",
    )
    wrong = [
        relative
        for path in modules()
        if not (relative := path.relative_to(ROOT).as_posix()).startswith(homes)
        and {"environ", "getenv"}
        & {node.attr for node in ast.walk(parsed(path)) if isinstance(node, ast.Attribute)}
        and "from_environ" not in path.read_text()
    ]

    allowed = {"kb_index/training/__main__.py", "bot/migrations/env.py"}
    assert [path for path in wrong if path not in allowed] == []


@pytest.mark.parametrize("name", PURE)
def test_pure_modules_stay_pure(name: str) -> None:
    path = ROOT / name
    ours = {".".join((ROOT / pure).relative_to(ROOT).with_suffix("").parts) for pure in PURE} | {
        "kb_index.errors",
        "nlu.errors",
        "handoff.errors",
        "handoff.model",
        "handoff.service_file",
    }

    for module in imported(path):
        top = module.split(".")[0]
        if top in PACKAGES:
            assert module in ours, f"{name} imports {module}, which is not pure"
        else:
            known = top in sys.stdlib_module_names or top in {"numpy", "yaml"}
            assert known and top not in IMPURE_STANDARD, f"{name} imports {module}"


@pytest.mark.parametrize(
    ("module", "banned"),
    [
        ("bot.app", ("torch", "faiss", "rasa", "spacy", "transformers")),
        ("bot.cli", ("torch", "faiss", "rasa", "spacy", "sqlalchemy")),
        ("handoff.conversation", ("sqlalchemy", "fastapi")),
        ("kb_index.encoder", ("torch", "rasa", "faiss")),
    ],
)
def test_light_modules_load_nothing_heavy(module: str, banned: tuple[str, ...]) -> None:
    code = f"import sys, {module}; print(','.join(b for b in {banned!r} if b in sys.modules))"

    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )

    assert result.stdout.strip() == ""
