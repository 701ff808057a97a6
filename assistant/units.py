"""Conversions between units."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Conversion:
    text: str
    more: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


def convert(quantity: str, unit: str) -> Conversion:
    import pint

    value = pint.UnitRegistry().parse_expression(quantity).to(unit)
    return Conversion(f"{quantity} is {value:.4g}")
