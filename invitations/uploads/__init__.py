"""Lists of people coming in: a file is read and minimised, shown as a preview, then saved.

`reading` bytes → sheets · `flow` the CNAF flow, while it arrives · `columns` known columns, the rest dropped, `mappings`
what the organisation says of them · `cells`, `people` texts → values and doubts · `deciding` what becomes of each row ·
`planning` the preview kept · `correcting`, `questions` a person looks at it · `saving` people written · `progress` long
lists, in parts · `undoing` all of it taken back · `previews` what pages show.
"""

from invitations.uploads import correcting, mappings, progress, undoing
from invitations.uploads.planning import Seen, keep, look, plan
from invitations.uploads.saving import Saved, save

__all__ = ["Saved", "Seen", "correcting", "keep", "look", "mappings", "plan", "progress", "save", "undoing"]
