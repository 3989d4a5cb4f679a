"""What granian serves while measuring: the product, and below /bare the least a Flask page can be, on one database.

The bare page is 135 lines of HTML from a Jinja template, compiled once, with 30 rows of one query, read as ORM objects.
"""

from __future__ import annotations

import os
from datetime import datetime

from flask import Flask, render_template
from jinja2 import DictLoader
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from app import collecting, create_app
from app.settings import Settings
from invitations.database import Database
from invitations.models import Appointment

BARE = """<!doctype html>
<html lang="fr">
<head>
  <meta charset="utf-8">
  <title>Rendez-vous</title>
</head>
<body>
  <h1>Rendez-vous</h1>
  <ul>
    {% for one in rows %}
    <li>
      <b>{{ one.starts_at.strftime("%H:%M") }}</b>
      <span>{{ one.uid }}</span>
    </li>
    {% endfor %}
  </ul>
</body>
</html>
"""


def make_bare(database_url: str) -> Flask:
    """A page with one query and one template, and nothing else."""
    flask = Flask("bare")
    flask.jinja_loader = DictLoader({"bare.html": BARE})  # type: ignore[misc]  # Flask's own: compiled once, as any page is
    database = Database(database_url)
    rows = select(Appointment).order_by(Appointment.id).limit(30)

    @flask.get("/")
    def page() -> str:
        with Session(database.engine) as session:
            return render_template("bare.html", rows=session.scalars(rows).all())

    return flask


def make_served(database_url: str, secret_key: str, now: datetime) -> DispatcherMiddleware:
    """Both applications behind one address. The clock stands still: what is served is the same in every run."""
    product = create_app(Settings(database_url=database_url, secret_key=secret_key), clock=lambda: now)
    return DispatcherMiddleware(product, {"/bare": make_bare(database_url)})


if "BENCH_DATABASE_URL" in os.environ:
    app = make_served(
        os.environ["BENCH_DATABASE_URL"],
        os.environ["BENCH_SECRET_KEY"],
        datetime.fromisoformat(os.environ["BENCH_NOW"]),
    )
    collecting.collect_seldom()  # as wsgi.py does
