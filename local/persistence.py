"""One file that holds the state of the laptop: DynamoDB items, the simulators' parts and the clock.

The file is JSON and is replaced as a whole (temporary file, fsync, rename), so a crash leaves the
last complete one.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Protocol

FORMAT = "drs-orchestrator-local"
VERSION = 1
_DEBOUNCE_SECONDS = 0.25


class StateError(Exception):
    """The saved state cannot be used; the message names the file and the remedy."""


class SnapshotPart(Protocol):
    """Something whose state belongs into the snapshot, for example the DRS simulator."""

    @property
    def changed(self) -> threading.Event:
        """Set whenever something worth a snapshot happened; whoever saves clears it."""
        ...

    def snapshot(self) -> dict[str, Any]:
        """Return the whole state, as JSON can hold it."""
        ...

    def restore(self, document: dict[str, Any]) -> None:
        """Take over a state that `snapshot` returned."""
        ...


class StateFile:
    """The snapshot file, held by this process alone from `open` to `close`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock_path = path.with_name(path.name + ".lock")
        self._lock: int | None = None

    def open(self) -> dict[str, Any] | None:
        """Lock the file and return what it holds, or None when there is none yet.

        Raises StateError when another process holds it, or when it is not a snapshot of this
        version.
        """
        self._take_lock()
        try:
            return self._read()
        except StateError:
            self.close()
            raise

    def close(self) -> None:
        """Let other processes use the file."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def write(self, content: dict[str, Any]) -> None:
        """Replace the file; after this returns, `content` survives a crash of the machine."""
        document = {"format": FORMAT, "version": VERSION, **content}
        temporary = self.path.with_name(self.path.name + ".tmp")
        with temporary.open("w", encoding="utf-8") as stream:
            json.dump(document, stream, separators=(",", ":"))
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(self.path)
        directory = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)

    def _take_lock(self) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            lock = os.open(self._lock_path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StateError(
                f"{self.path.parent}: cannot keep state here ({error.strerror}); "
                "choose another state directory"
            ) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(lock)
            raise StateError(
                f"{self.path}: another process uses this state; stop it or choose another directory"
            ) from error
        self._lock = lock

    def _read(self) -> dict[str, Any] | None:
        remedy = "move it away to start afresh, or choose another state directory"
        try:
            document = json.loads(self.path.read_bytes())
        except FileNotFoundError:
            return None
        except (ValueError, OSError) as error:
            raise StateError(f"{self.path}: cannot be read ({error}); {remedy}") from error
        if not isinstance(document, dict) or document.get("format") != FORMAT:
            raise StateError(f"{self.path}: is not a state of drsctl local; {remedy}")
        if document.get("version") != VERSION:
            raise StateError(
                f"{self.path}: was written in format version {document.get('version')}, "
                f"this program reads version {VERSION}; {remedy}"
            )
        return document


class Saver:
    """Writes a snapshot shortly after something changed, and once more at the end."""

    def __init__(
        self,
        file: StateFile,
        content: Callable[[], dict[str, Any]],
        changed: Iterable[threading.Event],
    ) -> None:
        self._file = file
        self._content = content
        self._changed = tuple(changed)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="saver", daemon=True)

    def start(self) -> None:
        """Begin to watch for changes."""
        self._thread.start()

    def stop(self) -> None:
        """Write the last state and stop watching."""
        self._stopping.set()
        self._thread.join()
        self.save()

    def save(self) -> None:
        """Write the state as it is now."""
        # Cleared first: what changes while the state is collected is saved by the next round.
        for event in self._changed:
            event.clear()
        self._file.write(self._content())

    def _run(self) -> None:
        pause_seconds = _DEBOUNCE_SECONDS
        while not self._stopping.wait(pause_seconds):
            if not any(event.is_set() for event in self._changed):
                continue
            began = time.monotonic()
            with contextlib.suppress(
                OSError
            ):  # a full disk; the next round, or stop(), tries again
                self.save()
            # A large state must not keep a core busy with saving.
            pause_seconds = max(_DEBOUNCE_SECONDS, 4 * (time.monotonic() - began))
