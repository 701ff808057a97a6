"""Spoken commands that need no model: "stop", "wait", "repeat", "slower" and their like, in three languages.

Only a whole utterance is a command: "stop the timer" or "wait, what is 3 times 4" is a request. What recognisers make
of the words when they are said alone and short ("Slow her.", "Paws!") counts as well.
"""

import re
import unicodedata
from collections.abc import Mapping
from enum import StrEnum


class Command(StrEnum):
    """What may be said at any moment."""

    STOP = "stop"
    WAIT = "wait"
    GO_ON = "go_on"
    REPEAT = "repeat"
    SAID = "said"  # "what did you say"
    SLOWER = "slower"
    FASTER = "faster"
    LOUDER = "louder"
    QUIETER = "quieter"
    SPELL = "spell"
    SPELL_PHONETIC = "spell_phonetic"


_ALIKE = frozenset(  # words of their own where a question waits for words
    ("weight", "paws", "pours", "boss", "goon", "flour", "lauder", "spellman", "spell man", "so where", "slow or",
     "fast or", "loud or", "low der", "allowed her", "silence", "moment")
)  # fmt: skip
LONGEST = 60  # characters of an utterance that may be a command

_ENGLISH: Mapping[Command, str] = {
    Command.STOP: "stop|stopp|stop it|stop that|stop now|stop talking|stop speaking|stop reading|stop there|be quiet|"
    "quiet|shut up|hush|shush|silence|enough|that's enough|thats enough|that is enough|never mind|nevermind",
    Command.WAIT: "wait|weight|wait a (moment|minute|second|sec|bit)|hold on|hold on a (moment|minute|second|sec)|"
    "hang on|one moment|one second|a moment|a second|moment|just (a|one) (moment|minute|second|sec)|"
    "pause|paws|pours|boss|"
    "pause (it|that|there)|give me a (moment|minute|second)",
    Command.GO_ON: "go on|goon|go ahead|continue|carry on|resume|keep going|keep reading|keep talking|proceed|unpause|"
    "go on (then|reading)|continue (reading|speaking|talking)",
    Command.REPEAT: "repeat|repeat (that|it|this)( again)?|(say|read|tell me) (that|it) (again|once more)|again|"
    "once again|repeat (now|not)|once more|come again|pardon|pardon me|beg your pardon|i beg your pardon|"
    "one more time|i missed that|"
    "i (didn't|did not) (catch|hear|get) (that|it)|re peat|say again",
    Command.SAID: "what|what did you say|what did you just say|what was that|what have you said|what you say|"
    "what did he say|what'd you say",
    Command.SLOWER: "slower|slow her|slow or|flour|so where|slowly|slow down|flow down|slow up|sloer|"
    "more slowly|(a (bit|little) )?slower|"
    "(speak|talk|read|go) (slower|more slowly|slowly|slow her)|not so fast|too fast|that's too fast|you're too fast",
    Command.FASTER: "faster|fast her|fast or|fast up|quicker|speed up|(a (bit|little) )?faster|hurry up|more quickly|"
    "(speak|talk|read|go) (faster|quicker|more quickly|fast her)|too slow|that's too slow|you're too slow",
    Command.LOUDER: "louder|lauder|loud her|loud or|low der|allowed her|(a (bit|little) )?louder|speak up|volume up|"
    "turn (it|the volume) up|turn up the volume|(speak|talk|read) (louder|lauder|up)|i can't hear you|"
    "i cannot hear you|too quiet|that's too quiet",
    Command.QUIETER: "quieter|quiet her|quite her|quiter|quiet up|softer|soft her|(a (bit|little) )?(quieter|softer)|"
    "volume down|turn (it|the volume) down|turn down the volume|"
    "(speak|talk|read) (quieter|softer|more quietly|more softly)|"
    "not so loud|too loud|that's too loud",
    Command.SPELL: "spell|spel|spell man|spellman|spell (that|it|this|dat)( out)?|spelled that|"
    "spell out|spell (that|the) (word|name)|"
    "(how do you|how is that|how is it|how's that) spell(ed)?( (that|it))?|spelling",
    Command.SPELL_PHONETIC: "spell (that |it |this )?(out )?(phonetically|phonetic|fanatically|with code words|"
    "in code words|"
    "with the phonetic alphabet|using the phonetic alphabet|in the phonetic alphabet|with words)|phonetically|"
    "phonetic spelling|code words",
}
_SPANISH: Mapping[Command, str] = {
    Command.STOP: "para|parate|para ya|pare|alto|basta|basta ya|silencio|callate|calla|detente|detenlo|dejalo|"
    "ya basta|deja de hablar",
    Command.WAIT: "espera|espere|esperate|espera un (momento|segundo|minuto|poco)|un (momento|segundo|momentito)|pausa|"
    "haz una pausa|aguarda|aguanta",
    Command.GO_ON: "sigue|siga|continua|continue|prosigue|adelante|sigue leyendo|sigue hablando|reanuda",
    Command.REPEAT: "repite|repita|repitelo|repitamelo|repiteme|repite eso|repitelo otra vez|otra vez|una vez mas|"
    "de nuevo|dilo otra vez|dilo de nuevo|puedes repetir|puedes repetirlo|como|perdon",
    Command.SAID: "que has dicho|que dijiste|que dices|que ha dicho|que dijo|que",
    Command.SLOWER: "mas despacio|despacio|mas lento|habla mas (despacio|lento)|lee mas (despacio|lento)|"
    "mas lentamente|no tan rapido|demasiado rapido",
    Command.FASTER: "mas rapido|rapido|mas deprisa|habla mas (rapido|deprisa)|lee mas (rapido|deprisa)|"
    "demasiado (lento|despacio)",
    Command.LOUDER: "mas alto|mas fuerte|sube el volumen|sube la voz|habla mas (alto|fuerte)|no te oigo|mas volumen",
    Command.QUIETER: "mas bajo|mas bajito|mas suave|baja el volumen|baja la voz|habla mas (bajo|suave)|menos volumen|"
    "no tan alto|demasiado alto",
    Command.SPELL: "deletrea|deletrealo|deletrea eso|deletreamelo|como se escribe|como se deletrea",
    Command.SPELL_PHONETIC: "deletrea(lo)? foneticamente|deletrea(lo)? con palabras|alfabeto fonetico",
}
_PORTUGUESE: Mapping[Command, str] = {
    Command.STOP: "para|pare|pare ja|para ja|parar|chega|basta|silencio|cala te|cale se|cala a boca|para de falar|"
    "pare de falar|quieto",
    Command.WAIT: "espera|espere|esper[ae] ai|esper[ae] um (momento|minuto|segundo|pouco)|"
    "um (momento|segundo|momentinho|instante)|pausa|pausar|aguarde|aguarda",
    Command.GO_ON: "continua|continue|continuar|prossiga|segue|siga|vai em frente|retoma|retome|"
    "continua a (ler|falar)|continue (lendo|falando)",
    Command.REPEAT: "repete|repita|repetir|repete isso|repita isso|outra vez|de novo|mais uma vez|diz outra vez|"
    "diga (outra vez|de novo)|podes repetir|pode repetir|como|desculpa",
    Command.SAID: "o que disseste|que disseste|o que (voce|voces) disse|o que disse|que disse|"
    "o que e que disseste|o que",
    Command.SLOWER: "mais devagar|devagar|mais lento|mais lentamente|fala mais devagar|fale mais devagar|"
    "le mais devagar|nao tao (rapido|depressa)|muito rapido",
    Command.FASTER: "mais rapido|mais depressa|rapido|depressa|fala mais (rapido|depressa)|fale mais (rapido|depressa)|"
    "muito (lento|devagar)",
    Command.LOUDER: "mais alto|mais forte|fala mais alto|fale mais alto|aumenta o volume|aumente o volume|mais volume|"
    "nao te ouco|nao ouco",
    Command.QUIETER: "mais baixo|mais baixinho|fala mais baixo|fale mais baixo|baixa o volume|abaixa o volume|"
    "diminui o volume|diminua o volume|menos volume|muito alto",
    Command.SPELL: "soletra|soletre|soletrar|soletra isso|soletre isso|como se escreve|como se soletra",
    Command.SPELL_PHONETIC: "soletr[ae] foneticamente|soletr[ae] com palavras|alfabeto fonetico",
}


def _pattern(phrases: Mapping[Command, str]) -> Mapping[Command, re.Pattern[str]]:
    return {command: re.compile(f"(?:{known})") for command, known in phrases.items()}


_TABLES = {"en": _pattern(_ENGLISH), "es": _pattern(_SPANISH), "pt": _pattern(_PORTUGUESE)}
_MANNERS = (  # said around a command without changing it
    r"(?:hey|hi|ok|okay|oh|um+|uh+|please|now|just|antigone|antigony|computer|thanks|thank you|por favor|vale|oye|"
    r"gracias|obrigad[oa]|bem|can you|could you|would you|will you|for me|ahora|agora|bitte)"
)
_BEFORE, _AFTER = re.compile(rf"^(?:{_MANNERS} )+"), re.compile(rf"(?: {_MANNERS})+$")


def recognise(text: str, language: str = "en", strict: bool = False) -> Command | None:
    """The command that an utterance is, or None where it is a request.

    Args:
        text: the whole utterance as recognised.
        language: its code; decides where a word means different things, and no language is left out.
        strict: a question waits for words: what only sounds like a command is none ("Flour." is what to note).
    """
    said = _plain(text)
    if not said or len(said) > LONGEST or (strict and said in _ALIKE):
        return None
    for words in (said, _AFTER.sub("", _BEFORE.sub("", said))):
        for code in sorted(_TABLES, key=lambda code: code != language):
            for command, pattern in _TABLES[code].items():
                if pattern.fullmatch(words):
                    return command
    return None


def after_stop(text: str, language: str = "en") -> str:
    """What follows a "stop" that was said before a request in one breath ("Stop. What time is it?"); else the text."""
    first, mark, rest = re.match(r"([^.!?,]*)([.!?,]*)\s*(.*)", text.strip(), re.S).groups()  # type: ignore[union-attr]
    return after_stop(rest, language) if mark and rest and recognise(first, language) is Command.STOP else text


def _plain(text: str) -> str:
    """Lower case without accents and marks; a word or phrase said several times over counts once ("Stop, stop!")."""
    if "?" in text and re.search(r"\d", text):
        return ""
    text = unicodedata.normalize("NFD", text.replace("’", "'")).lower()
    text = "".join(mark for mark in text if not unicodedata.combining(mark))
    said = " ".join(re.sub(r"[^\w']+", " ", text).split())
    return re.sub(r"^(.+?)(?: \1)+$", r"\1", said)
