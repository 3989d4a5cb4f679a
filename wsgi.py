import os

from app import create_app, logs
from app.settings import Settings

logs.write_json()
app = create_app(Settings.from_env(os.environ))
logs.tell_requests(app)
