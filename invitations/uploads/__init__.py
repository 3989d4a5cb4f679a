"""Lists of people coming in: a file is read and minimised, shown as a preview, then saved.

`reading` bytes → sheets · `columns` known columns, the rest dropped · `cells`, `people` texts → values and doubts ·
`deciding` what becomes of each row · `planning` the preview kept · `saving` people written · `previews` what pages show.
"""

from invitations.uploads.planning import Seen, keep, look, plan
from invitations.uploads.saving import Saved, save

__all__ = ["Saved", "Seen", "keep", "look", "plan", "save"]
