"""Calls by voice: what is said when somebody picks up, what the keys do, and what becomes of a call that reached nobody.

Ringing itself is the outbox's (`Channel.VOICE`). `begin` says who calls; nothing is said of the subject before the person
has said that it is them (docs/decisions/0019). `press` heeds a key; `end` hears how a call ended; `finish` is a job.
"""

from invitations.calling.conversation import NOT_THEM, begin, press
from invitations.calling.ending import end, finish

__all__ = ["NOT_THEM", "begin", "end", "finish", "press"]
