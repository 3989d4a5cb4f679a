"""What a process has worked out from its database and may tell again, for as long as nobody has committed anything since.

A page asks what hundreds ask in the same minute: what is free here. The search costs ten times the rest of the page, and
its answer is the same until somebody writes. So an answer is kept under the database's mark (`marks.mark_of`):

- equal marks mean the same committed rows, whoever writes them: this process, another one, a hand in `psql`. After any
  commit the mark is another, and nothing that was kept before is ever found again. There is nothing to invalidate.
- the mark is read before the question is put. What is committed in between may be in the answer already, never the
  other way round: under a mark stands what was true at that moment, or later.
- time passes without a commit: whoever asks something that depends on the time says the time in the question.

What is kept outlives the session that read it, and threads share it: plain values that nobody changes, no rows of the ORM.
`marks.recall(session)` is the way in; a session that writes gets one that remembers nothing.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from threading import Lock
from typing import Any, TypeVar, cast

Answer = TypeVar("Answer")

# Answers kept. The biggest, a team of 50 over four weeks, is some 0.5 MB.
SIZE = 32


class Memory:
    """The answers asked for last, `size` of them at most; with none, nothing is kept. Safe to share between threads.

    Two threads that ask the same at once both work it out: that costs less than to wait for one another.
    """

    def __init__(self, size: int = SIZE) -> None:
        self.size = size
        self._answers: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._answers)

    def tell(self, question: Hashable, answer: Callable[[], Answer]) -> Answer:
        """What was answered to this question before, else `answer()`."""
        with self._lock:
            if question in self._answers:
                self._answers.move_to_end(question)
                return cast(Answer, self._answers[question])
        worked_out = answer()
        with self._lock:
            self._answers[question] = worked_out
            while len(self._answers) > self.size:
                self._answers.popitem(last=False)
        return worked_out


@dataclass(frozen=True, slots=True)
class Recall:
    """What one session may take from memory: all that was answered under the mark it has found."""

    memory: Memory | None = None
    mark: Hashable | None = None

    def __call__(self, question: Hashable, answer: Callable[[], Answer]) -> Answer:
        """`answer()`, or what it said before when nothing was committed since. Without a mark, always `answer()`."""
        if self.memory is None or self.mark is None:
            return answer()
        return self.memory.tell((self.mark, question), answer)
