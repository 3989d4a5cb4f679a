"""A département moves in with the files of the software that it leaves, and out again with the same (docs/moving.md).

People and their past come in as history: nothing is sent to anybody, and no other software is told of it.
"""
