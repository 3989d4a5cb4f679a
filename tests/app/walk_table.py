"""walk.txt, read: every route, and what whoever may ask for it is answered."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

TABLE = Path(__file__).parent / "walk.txt"
# Who asks, in the order of the columns; nobody is signed in for the first.
ROLES = ("nobody", "own", "colleague", "admin", "exporter", "support", "elsewhere", "away", "super")
NOBODY = ROLES[0]


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: what each role is answered. `path` has the things it names in braces."""

    method: str
    path: str
    answers: dict[str, int]

    def __str__(self) -> str:
        return f"{' '.join(str(self.answers[role]) for role in ROLES)}  {self.method:4}  {self.path}"

    @property
    def is_of_agents(self) -> bool:
        return self.path.startswith("/agents")


def read() -> list[Row]:
    lines = [line for line in TABLE.read_text().splitlines() if line and not line.startswith("#")]
    return [row_of(line.split()) for line in lines]


def row_of(words: list[str]) -> Row:
    *answers, method, path = words
    return Row(method, path, dict(zip(ROLES, map(int, answers), strict=True)))


ROWS = read()
