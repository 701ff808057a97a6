"""A spoken conversation: who speaks when, what is said, what a word in between means (door: assistant/voice.py)."""
