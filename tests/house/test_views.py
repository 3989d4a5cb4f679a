"""Every view says who may open it, and the list of addresses is a file that a reader of a change can't miss."""

from __future__ import annotations

import os
from pathlib import Path

from flask import Flask

from app.access import ACCESS

URLS = Path(__file__).parent / "urls.txt"


def test_every_view_wears_an_access_decorator(put_together: Flask) -> None:
    bare = [
        name for name, view in put_together.view_functions.items() if name != "static" and not hasattr(view, ACCESS)
    ]
    assert not bare, f"who may open these? wear @public_page, @agent_page, @admin_page or @machine_call: {bare}"


def test_what_is_under_agents_is_for_agents(put_together: Flask) -> None:
    """Signing in and out are for anyone; everything else under /agents knows who asks."""
    open_to_all = {
        rule.endpoint
        for rule in put_together.url_map.iter_rules()
        if rule.rule.startswith("/agents") and access(put_together, rule.endpoint) not in {"agent", "admin"}
    }
    assert {name.split(".")[0] for name in open_to_all} <= {
        "signing_in",
        "second_step",
        "passwords",
        "joining",
        "passkeys",
        "single_sign_on",
    }


def test_the_list_of_addresses_is_up_to_date(put_together: Flask) -> None:
    found = "\n".join(sorted(described(put_together))) + "\n"
    if os.environ.get("RDV_WRITE_URLS") == "1":
        URLS.write_text(found)
    assert URLS.read_text() == found, "addresses changed: RDV_WRITE_URLS=1 pytest tests/house writes the list anew"


def access(flask: Flask, endpoint: str) -> str:
    return str(getattr(flask.view_functions[endpoint], ACCESS, "-"))


def described(flask: Flask) -> list[str]:
    return [
        f"{rule.rule}  {' '.join(sorted((rule.methods or set()) - {'HEAD', 'OPTIONS'}))}  {rule.endpoint}"
        f"  {access(flask, rule.endpoint)}"
        for rule in flask.url_map.iter_rules()
    ]
