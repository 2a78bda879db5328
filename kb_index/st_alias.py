"""Makes the embedded encoder loadable by `SentenceTransformer(folder)` without a trust flag.

sentence-transformers 6 imports module classes of its own namespace freely and all others only with
`trust_remote_code=True`, because a model folder could name any code. Our class is installed with
the product, not shipped with a model, so the environment's start-up hook offers it under
`sentence_transformers.babeldesk`. The finder is asked once and imports nothing until then.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

NAME = "sentence_transformers.babeldesk"


class AliasFinder(MetaPathFinder):
    """Finds `sentence_transformers.babeldesk` in this package's `static_encoder.py`."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Gives the module's spec, or None for every other name."""
        if fullname != NAME:
            return None
        return importlib.util.spec_from_file_location(
            NAME, Path(__file__).with_name("static_encoder.py")
        )


def activate() -> None:
    """Registers the finder; calling it again changes nothing."""
    if not any(isinstance(finder, AliasFinder) for finder in sys.meta_path):
        sys.meta_path.append(AliasFinder())
