"""The whole of one database into another of the other engine, row for row, with nothing set off by it.

`tables` reads, writes and sums a table; `silence` keeps the triggers of the target quiet meanwhile.
"""
