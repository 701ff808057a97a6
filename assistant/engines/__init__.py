"""Speech engines: GPL programs that run as child processes, and the one small protocol that our side speaks with them.

- protocol.py      messages: a length-prefixed JSON header, then raw bytes
- child.py         one child process: start, one request at a time, cancel, restart, close
- voices.py        Piper and espeak-ng as voices of one kind: rate, pitch, level
- rates.py         words a minute: what may be asked for, what each engine must be told
- level.py         what is done to every sound: trimmed silence, level, pitch, tempo
- piper_child.py   runs in a child only (imports piper-tts, GPL-3)
- espeak_child.py  runs in a child only (loads espeak-ng, GPL-3)
"""
