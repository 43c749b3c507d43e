"""What was published, as a folder below the state folder: written whole or not at all, and only once it has been
loaded. The node serves it while the database is away."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from pathlib import Path

from ivr.errors import NodeError
from ivr.flow.loader import Loaded, load_or_kept
from ivr.flow.model import Flow
from ivr.flow.stored_files import is_written, load_texts, remove_folder, write_folder
from ivr.records.publishing.model import PublishedFiles

log = logging.getLogger(__name__)

#: A link to the folder that was served last.
_LAST = "current"


@dataclass(frozen=True, slots=True)
class PublishedFolder:
    """`place` holds the folders; lists of customers come from the `working` copy."""

    place: Path
    working: Path

    def load(self, published: PublishedFiles) -> Loaded:
        """Load what was published; once it is sound it is what `last` gives. Raises NodeError where the rows are not
        what was published, OSError where the folder cannot be written."""
        number = published.publication.number
        if not published.whole:
            raise NodeError(f"发布 {number} 的内容与发布时的校验值不符，可能被改动过")
        loaded = load_texts(published.files, published.personal, self.working)
        if loaded.flow is not None:
            self._keep(f"{number}-{loaded.flow.revision.id}", published)
        return loaded

    def last(self) -> Flow | None:
        """What was served last, None where nothing was or it cannot be loaded any more."""
        folder = self.place / _LAST
        return load_or_kept(folder).flow if folder.exists() else None

    def forget(self) -> None:
        """Nothing published is served any more."""
        (self.place / _LAST).unlink(missing_ok=True)

    def _keep(self, name: str, published: PublishedFiles) -> None:
        folder, part = self.place / name, self.place / f".{name}.{os.getpid()}"
        if not is_written(folder, published.files, published.personal, self.working):
            remove_folder(part)
            write_folder(part, published.files, published.personal, self.working)
            if folder.exists():  # from an earlier run; somebody edited it
                remove_folder(folder)
            part.rename(folder)
        link = self.place / f".{_LAST}.{os.getpid()}"
        link.unlink(missing_ok=True)
        link.symlink_to(name)
        link.replace(self.place / _LAST)
        for other in self.place.iterdir():
            if other.name not in (name, _LAST):
                remove_folder(other)
