"""What somebody begins with who words a message themselves: the words of the house, with their names in place of values.

The house's own templates know more than a service's may (macros, sentences of the catalogues), so they are filled with
marks instead of values, and each mark is then written as the name it stands for.
"""

from __future__ import annotations

import re
from dataclasses import fields, replace
from typing import Any

from invitations.messages import most_segments, parted
from invitations.models import Channel, MessageKind, Mode
from invitations.own_texts_examples import Tried
from invitations.own_texts_grammar import PHRASINGS
from invitations.own_texts_known import Key
from invitations.own_texts_rules import CANCELLING, Wish, segments_of
from invitations.words import LINK, Words, fill
from notifications.languages import LANGUAGES

_MARK = "\N{START OF TEXT}"  # no keyboard types it, and no text keeps it
# Said only when there is something to say: on a line of its own it goes with its line.
_OPTIONAL = ("title", "agents", "instructions")
_FLAGS = {"may_change", "may_choose_again", "is_step_free", "tells_job_centre"}
_KEPT = {
    "department",
    "link",
    "phone_owner",
    "place_type",
    "hour",
    "deadline_hour",
    "previous_hour",
    "kept_hour",
} | _FLAGS
# Values that stand together in the house's words, and the name that a service's text has for them.
_TOGETHER = (
    ("{{ place }}, {{ address }}, {{ postcode }} {{ city }}", "{{ where }}"),
    ("{{ address }}, {{ city }}", "{{ where }}"),
    ("{{ day }}", "{{ when }}"),
    ("{{ previous_day }}", "{{ previous }}"),
    ("{{ kept_day }}", "{{ kept }}"),
    (" ({{ hours }})", "{% if hours %} ({{ hours }}){% endif %}"),
)

# In a text: ", avec Mme Roche", in any language; not every appointment names somebody.
_WITH_AGENTS = re.compile(r"[,،] [^,،.{}]*\{\{ agents \}\}[^,،.{}]*(?=[,،.])")


def original(key: Key, tried: Tried) -> Wish:
    """The words of the house for this message, as a text that a service may go on with."""
    if key.kind not in CANCELLING:
        return _wish(key, tried, _said(key, tried.plain, may_choose_again=False))
    again, never = (_wish(key, tried, _said(key, tried.plain, may_choose_again=one)) for one in (True, False))
    if key.channel is Channel.SMS:
        halves = (PHRASINGS.split(again.body)[-1].strip(), PHRASINGS.split(never.body)[-1].strip())
        body = "{% if may_choose_again %}" + halves[0] + "{% else %}" + halves[1] + "{% endif %}"
        return Wish(again.subject, body)
    return Wish(again.subject, _either(again.body, never.body))


def _either(again: str, never: str) -> str:
    """Two emails that differ in the middle, as one that asks which."""
    ones, others = again.split("\n\n"), never.split("\n\n")
    start = next((n for n, (one, other) in enumerate(zip(ones, others, strict=False)) if one != other), len(ones))
    end = 0
    while end < min(len(ones), len(others)) - start and ones[-1 - end] == others[-1 - end]:
        end += 1
    middle = ["\n\n".join(part[start : len(part) - end]) for part in (ones, others)]
    asked = "{% if may_choose_again %}\n" + middle[0] + "\n{% else %}\n" + middle[1] + "\n{% endif %}"
    return "\n\n".join([*ones[:start], asked, *ones[len(ones) - end :]])


def _said(key: Key, words: Words, *, may_choose_again: bool) -> str:
    marks: dict[str, Any] = {one.name: f"{_MARK}{one.name}{_MARK}" for one in fields(Words) if one.name not in _KEPT}
    marked = replace(
        words, **marks, hour="", deadline_hour="", previous_hour="", kept_hour="", place_type="", is_step_free=False,
        may_change=key.mode is not Mode.CONVOCATION and key.kind is not MessageKind.CONVOCATION,
        may_choose_again=may_choose_again,
    )  # fmt: skip
    if key.kind in {MessageKind.INVITATION, MessageKind.INVITATION_REMINDER}:
        marked = replace(marked, place="", address="", postcode="", city="")
    return fill(f"{key.kind}.{key.channel}.txt", marked, LANGUAGES[key.language])


def _wish(key: Key, tried: Tried, said: str) -> Wish:
    named = said.replace(tried.plain.department, "{{ department }}").replace(LINK, "{{ link }}")
    named = re.sub(f"{_MARK}(\\w+){_MARK}", r"{{ \1 }}", named)
    for together, name in _TOGETHER:
        named = named.replace(together, name)
    named = named.replace(" , ", ", ")
    if key.channel is Channel.SMS:
        named = _WITH_AGENTS.sub(r"{% if agents %}\g<0>{% endif %}", named)
        return Wish("", _two_phrasings([" ".join(one.split()) for one in PHRASINGS.split(named)], key, tried))
    subject, body = parted(named)
    return Wish(subject, "\n".join(_asked(line) for line in body.strip().split("\n")))


def _two_phrasings(phrasings: list[str], key: Key, tried: Tried) -> str:
    """The fullest, and the first that always fits if that one doesn't."""
    most = most_segments(key.kind, LANGUAGES[key.language])
    fitting = next((one for one in phrasings if segments_of([one], key, tried.longest) <= most), phrasings[-1])
    return "\n===\n".join(dict.fromkeys([phrasings[0], fitting]))


def _asked(line: str) -> str:
    """A line about something that not every appointment has is left out where there is none."""
    name = next((one for one in _OPTIONAL if f"{{{{ {one} }}}}" in line), None)
    return f"{{% if {name} %}}\n{line}\n{{% endif %}}" if name else line
