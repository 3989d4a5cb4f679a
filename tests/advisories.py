"""`python -m tests.advisories`: the locked dependencies against published advisories (OSV, which holds PyPI's and GitHub's).

Part of `make check`. A known weakness fails it; a database that can't be reached doesn't, and is said so loudly. What was
answered is kept for a day, for these versions. RDV_ADVISORIES_URL asks another database; ACCEPTED names what we live with.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
import urllib.request
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements.lock", "requirements-dev.lock")
KEPT = ROOT / "var" / "advisories.json"
KEPT_FOR = 24 * 3600  # seconds
OSV = "https://api.osv.dev/v1/querybatch"
PATIENCE = 15  # seconds
# Advisory → why it does not concern us, and until when that was looked at.
ACCEPTED: Mapping[str, str] = {}
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)

Found = dict[str, list[str]]  # "flask 3.1.0" → advisories


def pinned(locks: Iterable[str]) -> list[tuple[str, str]]:
    """Every name and version, once."""
    return sorted({found for text in locks for found in PINNED.findall(text)})


def ask(packages: list[tuple[str, str]], url: str) -> Found:
    """What is known of them. Raises OSError or ValueError when nobody answers, or something else does."""
    queries = [{"package": {"name": name, "ecosystem": "PyPI"}, "version": version} for name, version in packages]
    request = urllib.request.Request(
        url, json.dumps({"queries": queries}).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        told: Any = json.load(answer)["results"]
    return {
        f"{name} {version}": [one["id"] for one in result["vulns"]]
        for (name, version), result in zip(packages, told, strict=True)
        if result.get("vulns")
    }


def known(packages: list[tuple[str, str]], url: str, kept: Path, *, now: float) -> Found:
    """From today's answer when there is one for these versions."""
    key = sha256(json.dumps([packages, url]).encode()).hexdigest()
    try:
        before = json.loads(kept.read_text())
        if before["key"] == key and 0 <= now - before["at"] < KEPT_FOR:
            return dict(before["found"])
    except (OSError, ValueError, KeyError):
        pass
    found = ask(packages, url)
    kept.parent.mkdir(exist_ok=True)
    kept.write_text(json.dumps({"key": key, "at": now, "found": found}))
    return found


def open_ones(found: Found, accepted: Mapping[str, str]) -> list[str]:
    return [
        f"{package}: https://osv.dev/vulnerability/{one}"
        for package, ids in sorted(found.items())
        for one in ids
        if one not in accepted
    ]


def main() -> int:
    url = os.environ.get("RDV_ADVISORIES_URL", OSV)
    kept = Path(os.environ.get("RDV_ADVISORIES_KEPT", KEPT))
    packages = pinned((ROOT / name).read_text() for name in LOCKS)
    try:
        found = known(packages, url, kept, now=time.time())
    except (OSError, ValueError, KeyError, TypeError) as error:
        sys.stderr.write(
            f"{'!' * 78}\nNOT AUDITED: {len(packages)} dependencies were compared with no advisory.\n"
            f"{url} did not answer as it should ({type(error).__name__}).\n"
            f"Run `make advisories` where it can be reached before this goes anywhere.\n{'!' * 78}\n"
        )
        return 0
    wrong = open_ones(found, ACCEPTED)
    sys.stderr.write("".join(f"A known weakness: {one}\n" for one in wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
