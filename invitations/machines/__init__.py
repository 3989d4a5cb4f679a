"""What machines ask of us, and how they are known: keys, callers, people handed in, people invited once, lists, answers kept."""
