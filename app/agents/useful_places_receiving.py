"""A file of data·inclusion while it arrives: 50 MB of public addresses go to a temporary file, never into memory whole."""

from __future__ import annotations

import tempfile
from io import RawIOBase
from typing import IO, Any, cast

from werkzeug.datastructures import FileStorage

from invitations.errors import UploadRefused
from invitations.useful_places.parsing import LARGEST_FILE, Why


class FileOnDisk(RawIOBase):
    """What Werkzeug writes the pieces into. Beyond the limit nothing more is kept, and the page says so."""

    def __init__(self) -> None:
        self.file = tempfile.TemporaryFile()  # noqa: SIM115  (closed with this)
        self.is_too_large = False

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        self.is_too_large = self.is_too_large or self.file.tell() + len(piece) > LARGEST_FILE
        if not self.is_too_large:
            self.file.write(piece)
        return len(piece)

    def seek(self, _offset: int, _whence: int = 0) -> int:
        """Werkzeug goes back to the beginning when the file is whole; whoever reads it does so anyway."""
        return 0

    def close(self) -> None:
        self.file.close()
        super().close()


def receive(_filename: str) -> IO[bytes]:
    return cast("IO[bytes]", FileOnDisk())


def received(file: FileStorage | None) -> IO[bytes]:
    """What was uploaded. Raises UploadRefused."""
    if file is None or not file.filename:
        raise UploadRefused(why=Why.NO_FILE)
    if not isinstance(file.stream, FileOnDisk):  # nobody is signed in any more, or a test hands in a small one
        return file.stream
    if file.stream.is_too_large:
        raise UploadRefused(why=Why.TOO_LARGE)
    return cast("IO[bytes]", file.stream.file)
