"""Does inviting work? Definitions, intervals, and the facts they are computed from (evaluation.md)."""
