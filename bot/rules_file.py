"""The desk file: rules, macros and canned replies as YAML on disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import yaml

from handoff.errors import RuleInvalid

DEMO_DESK: Final = Path(__file__).resolve().parents[1] / "data" / "desk.yml"


def read_desk_file(path: Path) -> object:
    """Gives the plain data of a file.

    Raises:
        RuleInvalid: It cannot be read, or is no YAML; names the line.
    """
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise RuleInvalid(str(path), f"cannot be read ({error})") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark is not None else ""
        raise RuleInvalid(f"{path}{line}", "is no valid YAML") from None


def write_desk_text(data: dict[str, Any]) -> str:
    """Gives the YAML of an export, with texts as people read them."""
    return yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=120)
