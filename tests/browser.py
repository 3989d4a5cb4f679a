"""A real Chromium, a real installation to open with it, and the screenshots kept from both.

`python -m tests.browser` brings a Chromium: the one that is there, else Debian's package when root, else Playwright's.
"""

from __future__ import annotations

import contextlib
import ctypes.util
import os
import shutil
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from app import migrations
from tests.postgres import free_port

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / "var" / "screenshots"
PUBLISHED = ROOT / "docs" / "screenshots"
README_SHOWS = frozenset({"invitation", "confirmation", "day", "people", "results"})
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Alone on the machine: no updates, no look-ups of its own.
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
# Whatever is waited for ends the wait; Playwright's own five seconds are short on a machine out of breath.
expect.set_options(timeout=30_000)
PHONE = {"viewport": {"width": 360, "height": 740}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
DESK = {"viewport": {"width": 1280, "height": 900}}
FRENCH = {"locale": "fr-FR", "timezone_id": "Europe/Paris"}


class NoChromium(Exception):
    """No Chromium on this machine, and none could be brought."""


def find() -> str | None:
    """The program to start: RDV_CHROMIUM, else one on the path, else the one Playwright brought."""
    named = os.environ.get("RDV_CHROMIUM")
    if named:
        return named
    found = next((path for path in map(shutil.which, NAMES) if path), None)
    return found or _brought_by_playwright()


def bring() -> str:
    """The same, installed first when there is none. Raises NoChromium."""
    if path := find():
        return path
    if os.geteuid() == 0 and shutil.which("apt-get"):
        _try("apt-get", "update", "-qq")
        _try("apt-get", "install", "-y", "-qq", "chromium")
    if find() is None:
        _try(sys.executable, "-m", "playwright", "install", "chromium")
    if path := find():
        return path
    raise NoChromium


def _try(*command: str) -> None:
    with contextlib.suppress(subprocess.CalledProcessError):
        subprocess.run(command, check=True, stdout=sys.stderr)


def _brought_by_playwright() -> str | None:
    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    return str(path) if path.exists() else None


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium per worker. Its absence fails the run, unless RDV_TESTS_WITHOUT_BROWSER=1 says otherwise."""
    path = find()
    if path is None and os.environ.get("RDV_TESTS_WITHOUT_BROWSER") == "1":
        pytest.skip("NOT RUN: no Chromium on this machine, and RDV_TESTS_WITHOUT_BROWSER=1 allows it")
    if path is None:
        pytest.fail("No Chromium: `python -m tests.browser` brings one, RDV_TESTS_WITHOUT_BROWSER=1 does without")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=FLAGS, chromium_sandbox=os.geteuid() != 0)
        yield started
        started.close()


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A page on a phone 360 px wide, without JavaScript: nobody needs it to book."""
    with _window(browser, {**PHONE, "java_script_enabled": False}) as page:
        yield page


@pytest.fixture
def desk(browser: Browser) -> Iterator[Page]:
    """A page on an agent's screen, 1280 px wide."""
    with _window(browser, DESK) as page:
        yield page


@contextlib.contextmanager
def _window(browser: Browser, options: dict[str, object]) -> Iterator[Page]:
    context: BrowserContext = browser.new_context(**FRENCH, **options)  # type: ignore[arg-type]
    yield context.new_page()
    context.close()


def shoot(page: Page, name: str, *, whole: bool = True) -> Path:
    """Keep a screenshot in var/screenshots; with RDV_SCREENSHOTS=1 those of the README also in docs/screenshots."""
    KEPT.mkdir(parents=True, exist_ok=True)
    page.wait_for_load_state()  # a picture taken across a navigation never comes
    path = KEPT / f"{name}.png"
    page.screenshot(path=path, full_page=whole)
    if os.environ.get("RDV_SCREENSHOTS") == "1" and name in README_SHOWS:
        PUBLISHED.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, PUBLISHED / path.name)
    return path


@dataclass
class Installation:
    """A real installation in a folder of its own: its settings, and the `rdv` processes started from it."""

    folder: Path
    database_url: str
    port: int = field(default_factory=free_port)
    more: dict[str, str] = field(default_factory=dict)  # further settings, by environment name
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def env(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", str(self.folder)),
            "PYTHONPATH": str(ROOT),
            "DATABASE_URL": self.database_url,
            "SECRET_KEY": "a secret key for journeys, thirty-two characters or more",
            "PORT": str(self.port),
            "PUBLIC_URL": self.base_url,
        } | self.more

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """`rdv WORDS…` in the background; what it prints goes to a file in the folder."""
        with (self.folder / f"{'-'.join(words)}.log").open("ab") as log:
            started = subprocess.Popen(
                self._rdv(words), env=self.env, cwd=self.folder, stdout=log, stderr=log, start_new_session=True
            )
        self.processes.append(started)
        return started

    def run(self, *words: str, within: float = 120) -> str:
        """`rdv WORDS…` to its end. Returns what it printed; raises when it fails."""
        done = subprocess.run(
            self._rdv(words), env=self.env, cwd=self.folder, capture_output=True, text=True, timeout=within
        )
        if done.returncode:
            raise AssertionError(f"rdv {' '.join(words)} answered {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def serve(self) -> None:
        """Start the web processes and wait until they answer."""
        started = self.start("serve")
        for _ in range(1200):
            if started.poll() is not None:
                raise AssertionError(f"rdv serve stopped:\n{(self.folder / 'serve.log').read_text()}")
            if self.answers():
                return
            time.sleep(0.1)
        raise AssertionError("rdv serve did not answer within two minutes")

    def answers(self) -> bool:
        try:
            urllib.request.urlopen(f"{self.base_url}/nowhere", timeout=5).close()
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """SIGKILL, for it and its children: what a power cut does."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, 9)
        process.wait(10)

    def close(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.terminate()
        for process in self.processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill(process)

    @staticmethod
    def _rdv(words: tuple[str, ...]) -> list[str]:
        return [sys.executable, "-c", "import sys; from app.commands import main; sys.exit(main())", *words]


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    """An installation with an empty, migrated SQLite database; nothing started yet."""
    url = f"sqlite:///{tmp_path / 'installation.db'}"
    migrations.upgrade(url)
    made = Installation(tmp_path, url)
    yield made
    made.close()


@pytest.fixture(scope="session")
def answering(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Installation, Path]]:
    """An installation with `rdv serve` answering, one per worker, and a copy of its database from before anybody came."""
    folder = tmp_path_factory.mktemp("answering")
    url = f"sqlite:///{folder / 'installation.db'}"
    migrations.upgrade(url)
    made = Installation(folder, url)
    made.serve()
    restore(folder / "installation.db", folder / "empty.db")
    yield made, folder / "empty.db"
    made.close()


@pytest.fixture
def live_server(answering: tuple[Installation, Path]) -> Installation:
    """It, with an empty database: to the server, somebody has deleted everything."""
    made, empty = answering
    restore(empty, made.folder / "installation.db")
    return made


def restore(source: Path, target: Path) -> None:
    """All that one SQLite database holds into the other, in one transaction."""
    with contextlib.closing(sqlite3.connect(source)) as one, contextlib.closing(sqlite3.connect(target)) as other:
        one.backup(other)


def bring_libical() -> str | None:
    """The second reader of our calendars: the one that is there, else Debian's package when root. None: its tests are skipped."""
    if ctypes.util.find_library("ical") is None and os.geteuid() == 0 and shutil.which("apt-get"):
        _try("apt-get", "install", "-y", "-qq", "libical3")
    return ctypes.util.find_library("ical")


if __name__ == "__main__":
    sys.stdout.write(f"libical: {bring_libical() or 'NOT BROUGHT, its checks of our calendars will not be run'}\n")
    try:
        sys.stdout.write(f"Chromium: {bring()}\n")
    except NoChromium:
        allowed = os.environ.get("RDV_TESTS_WITHOUT_BROWSER") == "1"
        sys.stdout.write("NOT BROUGHT: Chromium. The journeys will not be run.\n")
        sys.exit(0 if allowed else "Install Chromium, name it in RDV_CHROMIUM, or set RDV_TESTS_WITHOUT_BROWSER=1.")
