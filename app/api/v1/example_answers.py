"""What an answer looks like, for the description: made of the shapes themselves, so that none can be another.

A value is the example that its field gives; else the first of its kind, and of what may be null the other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct, inspect

MOMENT, DAY = "2026-11-24T09:00:00Z", "1985-11-24"

SIMPLE: dict[type[inspect.Type], Any] = {
    inspect.BoolType: True,
    inspect.IntType: 1,
    inspect.FloatType: 1.0,
    inspect.StrType: "texte",
    inspect.DateTimeType: MOMENT,
    inspect.DateType: DAY,
    inspect.NoneType: None,
    inspect.AnyType: None,
}


def example_of(shape: type[Struct]) -> dict[str, Any]:
    """An object of this shape, as JSON would say it; what may be left out is there."""
    made: dict[str, Any] = _made(inspect.type_info(shape))
    return made


def _made(kind: inspect.Type) -> Any:
    return SIMPLE[type(kind)] if type(kind) in SIMPLE else MAKING[type(kind)](kind)


def _annotated(kind: Any) -> Any:
    said = (kind.extra_json_schema or {}).get("examples", ())
    return said[0] if said else _made(kind.type)


MAKING: dict[type[inspect.Type], Callable[[Any], Any]] = {
    inspect.Metadata: _annotated,
    inspect.UnionType: lambda kind: _made(next(one for one in kind.types if not isinstance(one, inspect.NoneType))),
    inspect.LiteralType: lambda kind: kind.values[0],
    inspect.EnumType: lambda kind: next(iter(kind.cls)).value,
    inspect.ListType: lambda kind: [_made(kind.item_type)],
    inspect.DictType: lambda kind: {_made(kind.key_type): _made(kind.value_type)},
    inspect.StructType: lambda kind: {one.encode_name: _made(one.type) for one in kind.fields},
}
