"""Hands-free listening: the microphone, its echo, and the ear that makes turns of what is said."""
