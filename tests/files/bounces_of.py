"""What came back of an email, as the field writes it: tests/files/bounces/*.eml, where MARK stands for the email's mark."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent / "bounces"


def sample(name: str, mark: str) -> bytes:
    return (FOLDER / f"{name}.eml").read_bytes().replace(b"MARK", mark.encode())
