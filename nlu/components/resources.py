"""The encoder and the knowledge-base index that components share within a process.

A trained model only names them; the process that loads the model says where they are. Both are
opened at their first use and kept, so that swapping the Rasa model does not load them again.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from kb_index.encoder import DEFAULT_ENCODER, load_encoder

if TYPE_CHECKING:
    from kb_index.index import LiveIndex
    from kb_index.ports import Encoder
    from nlu.likeness import Likeness

DEFAULT_KB_DIR = Path("var") / "kb"


@dataclass
class Resources:
    """Encoders by name, indexes by folder and encoder.

    Attributes:
        kb_dir: Overrides the folder named in config.yml.
        encoder: Overrides the encoder named in config.yml.
    """

    kb_dir: Path | None = None
    encoder: str | None = None
    _encoders: dict[str, Encoder] = field(default_factory=dict)
    _indexes: dict[tuple[Path, str], LiveIndex] = field(default_factory=dict)
    _likenesses: dict[str, Likeness] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def get_encoder(self, name: str | None = None) -> Encoder:
        """Gives the encoder; `name` is what config.yml says.

        Raises:
            kb_index.encoder.ModelError: If it cannot be opened.
        """
        wanted = self.encoder or name or DEFAULT_ENCODER
        with self._lock:
            if wanted not in self._encoders:
                self._encoders[wanted] = load_encoder(wanted)
            return self._encoders[wanted]

    def get_index(self, kb_dir: str | None = None, encoder: str | None = None) -> LiveIndex:
        """Gives the live index; it opens its snapshot when it is first asked."""
        from kb_index.index import LiveIndex

        folder = self.kb_dir or Path(kb_dir or DEFAULT_KB_DIR)
        opened = self.get_encoder(encoder)
        with self._lock:
            key = (folder, opened.fingerprint)
            if key not in self._indexes:
                self._indexes[key] = LiveIndex(folder, opened)
            return self._indexes[key]

    def get_likeness(self, encoder: str | None = None) -> Likeness:
        """Gives the prototypes of triage, encoded when they are first asked for.

        Raises:
            nlu.likeness.PrototypesInvalid: If a file of them cannot be used.
        """
        from nlu.likeness import load_likeness

        opened = self.get_encoder(encoder)
        with self._lock:
            if opened.fingerprint not in self._likenesses:
                self._likenesses[opened.fingerprint] = load_likeness(opened)
            return self._likenesses[opened.fingerprint]

    def use(self, *, kb_dir: Path | None = None, encoder: str | None = None) -> None:
        """Sets what this process uses, whatever the model names."""
        self.kb_dir = kb_dir
        self.encoder = encoder

    def put_encoder(self, name: str, encoder: Encoder) -> None:
        """Registers an opened encoder; tests use it for a tiny one."""
        with self._lock:
            self._encoders[name] = encoder


RESOURCES = Resources()
