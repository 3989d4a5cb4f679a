"""A disk of so many bytes that nobody else uses, and that can be filled to its last: a tmpfs in a mount namespace of its own.

Nobody has to be root for it, but the kernel must allow namespaces of users; where it does not, NotPossible is raised.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class NotPossible(Exception):
    """This machine does not let us make the fault; the words say what it lacks."""


@dataclass(frozen=True)
class SmallDisk:
    """`folder` is seen through the process that holds the namespace. `owner`: who may write to it, as Popen takes it."""

    folder: Path
    owner: Mapping[str, Any]

    @property
    def filler(self) -> Path:
        return self.folder / "filler"

    def fill(self) -> None:
        """Until there is no room for one byte more."""
        for size in ("64k", "1"):
            words = ["dd", "if=/dev/zero", f"of={self.filler}", f"bs={size}", "oflag=append", "conv=notrunc"]
            full = subprocess.run(words, capture_output=True, text=True, env={"LC_ALL": "C"}, timeout=60, **self.owner)
            if "No space left" not in full.stderr:
                raise RuntimeError(f"the disk is not full: {full.stderr}")

    def make_room(self) -> None:
        subprocess.run(["rm", self.filler], check=True, timeout=20, **self.owner)


@contextmanager
def small_disk(mounted_at: Path, *, megabytes: int, owner: Mapping[str, Any]) -> Iterator[SmallDisk]:
    """`mounted_at` is an empty folder of the owner's. All that lies there is gone at the end."""
    if shutil.which("unshare") is None:
        raise NotPossible("unshare (util-linux) is not installed")
    mount = f"mount -t tmpfs -o size={megabytes}m,mode=700 rdv '{mounted_at}' && echo mounted && exec sleep infinity"
    keeper = subprocess.Popen(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mount],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        **owner,
    )
    assert keeper.stdout is not None
    assert keeper.stderr is not None
    try:
        if keeper.stdout.readline() != "mounted\n":
            raise NotPossible(keeper.stderr.read().strip())
        yield SmallDisk(Path(f"/proc/{keeper.pid}/root{mounted_at}"), owner)
    finally:
        keeper.kill()
        keeper.wait(10)
