"""A window in which the pages that were reached are opened as they came: same address, same headers, same style."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from flask import Flask
from playwright.sync_api import Browser, CDPSession, ConsoleMessage, Error, Page
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Response

from tests.browser import FRENCH, KEPT
from tests.public_checks.stage import Answer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

PHONE = {"width": 360, "height": 740}
NARROW = {"width": 320, "height": 640}
LOOK = (Path(__file__).parent / "look.js").read_text()
AXE = (
    "axe-core",
    "4.14.1",
    "sha512-FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
    "axe.min.js",
)
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
# Text at 7 to 1, as look.md promises: a rule of level AAA, asked for by its name.
ENHANCED = "color-contrast-enhanced"
RUN_AXE = """
async ([tags, rules]) => (await axe.run(document, {
  runOnly: tags.length ? {type: "tag", values: tags} : {type: "rule", values: rules},
  rules: Object.fromEntries(rules.map((rule) => [rule, {enabled: true}])),
  resultTypes: ["violations"], selectors: false,
})).violations.flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.html.slice(0, 90)} (${node.failureSummary})`))
"""
WHOLE_PAGE = {"captureBeyondViewport": True, "optimizeForSpeed": True}
NOT_DRAWN = "Unable to capture screenshot"
TWO_FRAMES = "() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => drawn())))"
TRIES = 50


class Quiet(WSGIRequestHandler):
    def log_request(self, *_: object) -> None:
        """What was asked for is in the test's name."""


@dataclass
class Shelf:
    """A small server with nothing on it but the page to look at and the files it asks for, headers as they were."""

    flask: Flask
    answer: Answer | None = None

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path.startswith("/static/"):
            return self.flask(environ, start)
        assert self.answer
        if path in self.answer.pictures:
            return Response(self.answer.pictures[path], content_type="image/png")(environ, start)
        return Response(self.answer.html, self.answer.status, self.answer.headers)(environ, start)

    @contextmanager
    def open(self) -> Iterator[str]:
        """Its address, while it is open."""
        server = make_server("127.0.0.1", 0, self, threaded=True, request_handler=Quiet)
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        server.server_close()


@dataclass
class Window:
    """`refused`: what the browser complained of since the page was opened; `contrasts`: rules beyond level AA."""

    page: Page
    devtools: CDPSession
    shelf: Shelf
    here: str
    refused: list[str] = field(default_factory=list)
    contrasts: list[str] = field(default_factory=list)

    @classmethod
    @contextmanager
    def on(cls, browser: Browser, flask: Flask, axe: str) -> Iterator[Window]:
        shelf = Shelf(flask)
        context = browser.new_context(**FRENCH, viewport=PHONE)  # type: ignore[arg-type]
        context.add_init_script(axe + LOOK)
        with shelf.open() as here:
            page = context.new_page()
            made = cls(page, context.new_cdp_session(page), shelf, here)
            made.page.on("console", made.listen)
            yield made
            context.close()

    def open(self, answer: Answer, *, is_themed: bool = False, size: Mapping[str, int] = PHONE) -> None:
        self.shelf.answer, self.refused = answer, []
        self.contrasts = [] if is_themed else [ENHANCED]
        self.page.set_viewport_size(size)  # type: ignore[arg-type]
        self.page.goto(self.here + answer.path)

    def shoot(self, name: str) -> None:
        """Keep the whole page as it stands: half the time of Playwright's own, which makes the window larger first."""
        taken = self.drawn()
        path = KEPT / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b64decode(taken["data"]))

    def drawn(self) -> dict[str, str]:
        """Its picture, asked for again while nothing is drawn yet: a busy machine's first frame comes late."""
        for _ in range(TRIES):
            try:
                return self.devtools.send("Page.captureScreenshot", WHOLE_PAGE)
            except Error as refused:
                if NOT_DRAWN not in refused.message:
                    raise
                self.page.evaluate(TWO_FRAMES)
        raise AssertionError(f"{self.page.url}: not drawn after {TRIES} times two frames")

    def listen(self, said: ConsoleMessage) -> None:
        """A failing status is what some pages are for."""
        if said.type == "error" and "the server responded with a status" not in said.text:
            self.refused.append(said.text)

    def ask(self, what: str) -> list[str]:
        found: list[str] = self.page.evaluate(f"look.{what}")
        return found

    def axe(self, *, tags: list[str], rules: list[str]) -> list[str]:
        found: list[str] = self.page.evaluate(RUN_AXE, [tags, rules])
        return found
