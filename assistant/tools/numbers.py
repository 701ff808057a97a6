"""Sums and conversions."""

import re
from decimal import Context

from assistant.permissions import Tier
from assistant.phrases.arithmetic import evaluate
from assistant.phrases.units import convert
from assistant.steps.references import total_amount
from assistant.tools.base import ToolContext, ToolResult, tool


def _to_this_year(expression: str, year: int) -> str:
    """ "Born in 1948" is counted to this year where no other year is named."""
    years = re.findall(r"\b(?:1[89]|20)\d\d\b", expression)
    told = re.search(r"\b(?:born|how old|how long ago|years? ago|since)\b", expression, re.I)
    alone = len(years) == 1 and len(re.findall(r"\d+", expression)) == 1
    return f"{expression} in {year}" if told and alone else expression


@tool(tier=Tier.LOOK)
def calculate(context: ToolContext, expression: str) -> ToolResult:
    """Work out a sum, a percentage, a tip or a split; also on the total of a bill that was read just now.

    Args:
        expression: the sum in words or signs, such as "15 percent of 48.20", "20% tip on the total", "split 96 by 4".
    """
    expression = _to_this_year(expression, context.now().year)
    result = evaluate(expression, lambda: total_amount(context))
    value = f"{+Context(prec=28).plus(result.value).normalize():f}"
    return ToolResult(result.text, {"expression": expression, "value": value, **result.data}, more=result.more)


@tool(tier=Tier.LOOK, time_limit_s=15)  # the first conversion loads the table of units
def convert_units(context: ToolContext, quantity: str, unit: str) -> ToolResult:
    """Convert a quantity into another unit: kitchen measures, weight, length, temperature, speed.

    Args:
        quantity: how much of what, such as "3 cups", "180 degrees celsius" or "5 feet 11 inches".
        unit: the unit to convert into, such as "millilitres" or "fahrenheit".
    """
    result = convert(quantity, unit)
    return ToolResult(result.text, result.data, more=result.more)
