"""A CNAF flow read while it arrives: 300 MB of incomes and pregnancies are never in memory whole, and never on disk."""

from __future__ import annotations

from io import RawIOBase
from typing import IO, Any, cast

from werkzeug.datastructures import FileStorage

from invitations.errors import UploadRefused
from invitations.uploads.flow import Flow
from invitations.uploads.reading import Kind, Why, kind_named


class FlowStream(RawIOBase):
    """What Werkzeug writes the pieces of an uploaded .xml into. A refusal waits until the page asks for what was read."""

    def __init__(self) -> None:
        self.flow = Flow()
        self.refusal: UploadRefused | None = None
        self.is_empty = True

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        if piece and self.refusal is None:
            try:
                self._receive(bytes(piece))
            except UploadRefused as refusal:
                self.refusal = refusal
        return len(piece)

    def seek(self, _offset: int, _whence: int = 0) -> int:
        """Werkzeug goes back to the beginning when the file is whole; what was read is gone."""
        return 0

    def read_flow(self) -> Flow:
        """What was read. Raises UploadRefused."""
        if self.is_empty:
            raise UploadRefused(why=Why.NO_FILE)
        if self.refusal is not None:
            raise self.refusal
        self.flow.close()
        return self.flow

    def _receive(self, piece: bytes) -> None:
        self.is_empty = False
        self.flow.feed(piece)


def receive(filename: str) -> IO[bytes] | None:
    """A stream for a flow; any other file is kept in memory as usual."""
    return cast("IO[bytes]", FlowStream()) if kind_named(filename) is Kind.XML else None


def received(file: FileStorage | None) -> tuple[bytes | Flow, str]:
    """What was uploaded, and its name. Raises UploadRefused when a flow was refused on the way."""
    if file is None:
        return b"", ""
    content = file.stream.read_flow() if isinstance(file.stream, FlowStream) else file.read()
    return content, file.filename or ""
