"""Tools of other programs for us, and ours for them, over the Model Context Protocol. Importing it starts nothing."""

from assistant.mcp.joining import joined

__all__ = ["joined"]
