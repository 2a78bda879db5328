"""Follows the published snapshot: `LiveIndex` serves the newest good one.

A new snapshot is opened and warmed up by a thread of its own and then takes the old one's place,
so that no question ever waits for it. A snapshot that is damaged or made for another encoder is
refused and the old one goes on serving.
"""

from __future__ import annotations

import threading
import weakref
from pathlib import Path

from kb_index import files
from kb_index.errors import SnapshotError
from kb_index.ports import Encoder
from kb_index.segment import KIND_CODES
from kb_index.snapshot import MAX_VIEWS, DenseView, Snapshot, load_manifest

__all__ = ["KIND_CODES", "MAX_VIEWS", "DenseView", "LiveIndex", "Snapshot", "load_manifest"]

RECHECK_S = 0.1
"""Seconds between two looks at the pointer, each a few microseconds."""


class LiveIndex:
    """The published snapshot, followed while it changes; safe for several threads."""

    def __init__(self, folder: Path, encoder: Encoder, *, recheck_s: float = RECHECK_S) -> None:
        """Opens nothing yet.

        Args:
            folder: The kb-dir, which holds `current` and `snapshots`.
            encoder: Only its fingerprint is asked.
            recheck_s: Seconds between two looks at the pointer.
        """
        self.folder = Path(folder)
        self.last_error: SnapshotError | None = None
        self._fingerprint = encoder.fingerprint
        self._recheck_s = recheck_s
        self._snapshot: Snapshot | None = None
        self._refused: tuple[str, int] | None = None
        self._lock = threading.Lock()
        self._swapped = threading.Condition()
        self._stopped = threading.Event()
        self._follower: threading.Thread | None = None

    def snapshot(self) -> Snapshot:
        """The newest good snapshot.

        The first caller opens one, and others wait for that; from then on nobody waits.

        Raises:
            SnapshotError: If there is none that can be opened.
        """
        current = self._snapshot
        if current is None:
            self.refresh()
            self._start_following()
            current = self._snapshot
        if current is None:
            raise self.last_error or SnapshotError(self.folder, "Nothing was published yet.")
        return current

    def refresh(self) -> None:
        """Looks at the pointer now, and opens what is new; the follower does it in the background.

        `last_error` says afterwards why a published snapshot is not in use.
        """
        with self._lock:
            self._follow()

    def wait_for(self, snapshot_id: str, *, timeout_s: float) -> bool:
        """Waits until a snapshot is in use; whether that happened in time."""
        with self._swapped:
            return self._swapped.wait_for(
                lambda: self._snapshot is not None and self._snapshot.snapshot_id == snapshot_id,
                timeout_s,
            )

    def close(self) -> None:
        """Stops following; the last snapshot stays usable."""
        self._stopped.set()
        if self._follower is not None:
            self._follower.join()

    def _start_following(self) -> None:
        with self._lock:
            if self._follower is None and not self._stopped.is_set():
                stopped = self._stopped
                # The thread holds no reference to this object, or it would live for ever.
                self._follower = threading.Thread(
                    target=_keep_following,
                    args=(weakref.ref(self, lambda _: stopped.set()), stopped, self._recheck_s),
                    name="kb-index",
                    daemon=True,
                )
                self._follower.start()

    def _follow(self) -> None:
        snapshot_id = files.load_pointer(self.folder)
        if snapshot_id is None:
            self._refused = None
            reason = "Nothing was published yet, or the pointer file is damaged."
            self.last_error = SnapshotError(self.folder / files.POINTER, reason)
            return
        previous = self._snapshot
        if previous is not None and previous.snapshot_id == snapshot_id:
            self.last_error = None
            return
        path = files.snapshot_folder(self.folder, snapshot_id)
        attempt = (snapshot_id, _changed_at_ns(path / files.MANIFEST))
        if attempt == self._refused:
            return  # known to be bad: do not read and hash it again on every look
        try:
            opened = Snapshot.open(path, fingerprint=self._fingerprint, previous=previous)
        except SnapshotError as error:
            self.last_error, self._refused = error, attempt
            return
        if previous is not None:
            opened.warm_up(previous)
        self.last_error = self._refused = None
        with self._swapped:
            self._snapshot = opened
            self._swapped.notify_all()


def _keep_following(
    index: weakref.ref[LiveIndex], stopped: threading.Event, every_s: float
) -> None:
    while not stopped.wait(every_s):
        live = index()
        if live is None:
            return
        live.refresh()
        del live


def _changed_at_ns(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
