"""The network beyond this machine, for those who turn it on: guarded addresses, pages as text, a search server."""
