"""The files in deploy/ speak of settings, commands and folders that exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from bot.cli import app
from bot.settings import KEYS

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
KUBERNETES = DEPLOY / "kubernetes"
KNOWN = {key.name for key in KEYS}
COMMANDS = set(get_command(app).commands)  # type: ignore[attr-defined]


def manifests() -> Iterator[dict[str, Any]]:
    for path in sorted(KUBERNETES.glob("*.yaml")):
        yield from (found for found in yaml.safe_load_all(path.read_text("utf-8")) if found)


def pods() -> list[dict[str, Any]]:
    found = []
    for manifest in manifests():
        spec = manifest.get("spec", {})
        spec = spec.get("jobTemplate", {}).get("spec", spec)
        if "template" in spec:
            found.append(spec["template"]["spec"])
    return found


def services(name: str) -> dict[str, dict[str, Any]]:
    return dict(yaml.safe_load((DEPLOY / name).read_text("utf-8"))["services"])


@pytest.mark.parametrize(
    "path", [p for p in sorted(DEPLOY.rglob("*")) if p.is_file()], ids=lambda p: p.name
)
def test_every_setting_that_is_named_exists(path: Path) -> None:
    assert set(re.findall(r"\bBABELDESK_[A-Z_]+\b", path.read_text("utf-8"))) <= KNOWN


def test_every_container_runs_a_command_that_exists() -> None:
    started = [
        (service.get("command") or ["run"])[0]
        for name in ("compose.yml", "compose.scaled.yml")
        for service in services(name).values()
        if service.get("image") == "babeldesk"
    ]
    started += [container["args"][0] for pod in pods() for container in pod["containers"]]

    assert len(started) >= 11
    assert set(started) <= COMMANDS


def test_everything_runs_without_rights_it_does_not_need() -> None:
    for pod in pods():
        assert pod["securityContext"]["runAsNonRoot"] is True
        for container in pod["containers"]:
            assert container["securityContext"]["readOnlyRootFilesystem"] is True
            assert container["securityContext"]["capabilities"]["drop"] == ["ALL"]
            assert "memory" in container["resources"]["limits"]
    assert re.search(r"^USER 10001", (DEPLOY / "Containerfile").read_text("utf-8"), re.MULTILINE)


def test_brains_are_never_public() -> None:
    published = {name for name, one in services("compose.scaled.yml").items() if "ports" in one}
    reached = {
        path["backend"]["service"]["name"]
        for manifest in manifests()
        if manifest["kind"] == "Ingress"
        for rule in manifest["spec"]["rules"]
        for path in rule["http"]["paths"]
    }

    assert published == {"proxy"}
    assert reached == {"gateway"}


def test_the_kustomization_names_every_manifest() -> None:
    listed = yaml.safe_load((KUBERNETES / "kustomization.yaml").read_text("utf-8"))["resources"]

    assert sorted(listed) == sorted(
        path.name for path in KUBERNETES.glob("*.yaml") if path.name != "kustomization.yaml"
    )


def test_the_image_takes_everything_that_runs() -> None:
    taken = re.findall(
        r"^!(\S+)", (DEPLOY / "Containerfile.dockerignore").read_text("utf-8"), re.MULTILINE
    )

    assert {"bot", "nlu", "kb_index", "actions", "handoff", "data", "config.yml"} <= set(taken)
    assert all((ROOT / name).exists() for name in taken)
