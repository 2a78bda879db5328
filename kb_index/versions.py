"""The digest that tells whether a snapshot still holds what is published."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable


def articles_digest(items: Iterable[tuple[str, str, str]]) -> str:
    """SHA-256 (hex) over (article id, language, article digest) of all published articles."""
    lines = "\n".join("\t".join(item) for item in sorted(items))
    return hashlib.sha256(lines.encode()).hexdigest()
