import os

from app import collecting, create_app, logs
from app.settings import Settings

logs.write_json()
app = create_app(Settings.from_env(os.environ))
logs.tell_requests(app)
collecting.collect_seldom()
