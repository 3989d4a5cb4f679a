"""Pages and files in a third of their bytes, for whoever says that they can read gzip: on 3G that is what one waits for.

Not the agents' pages. Their forms carry a secret token beside words that came with the request; whoever can make an agent's
browser ask for a page with words of their choice, and see how long the encrypted answer is, learns from the length how
much of the secret they have guessed (BREACH, https://www.breachattack.com). People's pages hold no secret but the code of
their own address: whoever can make a browser ask for it knows it already.
"""

from __future__ import annotations

import gzip
from functools import lru_cache

from flask import Flask, Response, request

WORTH_IT = frozenset({"text/html", "text/css", "text/javascript", "image/svg+xml"})
SMALLEST = 600  # bytes: below, the answer fits into one packet with its headers either way
PAGE_LEVEL = 4  # level 9 saves 2 % more of a page and takes three times as long
FILE_LEVEL = 9  # once per file


def install(flask: Flask) -> None:
    flask.after_request(compress)


def compress(response: Response) -> Response:
    """The answer in gzip, when it is worth it, allowed, and wanted."""
    if not is_worth_it(response):
        return response
    response.vary.add("Accept-Encoding")
    if request.accept_encodings["gzip"] > 0:
        packed = file_packed if request.endpoint == "static" else page_packed
        response.direct_passthrough = False
        response.set_data(packed(response.get_data()))
        response.content_encoding = "gzip"
        weaken_etag(response)
    return response


def is_worth_it(response: Response) -> bool:
    """True for a whole text of some length that isn't an agent's page."""
    return (
        response.status_code != 206
        and response.mimetype in WORTH_IT
        and (response.content_length is None or response.content_length >= SMALLEST)
        and not response.content_encoding
        and not request.path.startswith("/agents")
    )


def page_packed(content: bytes) -> bytes:
    return gzip.compress(content, PAGE_LEVEL, mtime=0)


@lru_cache(maxsize=64)
def file_packed(content: bytes) -> bytes:
    """Kept: files don't change while a process lives, or they are others."""
    return gzip.compress(content, FILE_LEVEL, mtime=0)


def weaken_etag(response: Response) -> None:
    """The same file, not the same bytes: RFC 9110, 8.8.1."""
    etag, is_weak = response.get_etag()
    if etag is not None and not is_weak:
        response.set_etag(etag, weak=True)
