"""Telling groups of words in what people say of a voice: a sentence's vector hardly knows loud from quiet, its words do."""

# ruff: noqa: E501 - a pattern reads better on one line

import re

import numpy as np
from numpy.typing import NDArray

_GROUPS: tuple[tuple[str, str], ...] = (
    ("loud", r"loud\w*|shout\w*|roar\w*|holler\w*|bawl\w*|bellow\w*|yell\w*|boom\w*|blar\w+|blast\w*|deafen\w*|thunder\w*|racket|din|scream\w*|noisy|megaphone|foghorn|ears off|hurt\w* my ears|too much sound|jump\w* out of|rattl\w+ the|shak\w+ the"),
    ("quiet", r"quiet\w*|soft\w*|faint\w*|whisper\w*|murmur\w*|mumbl\w*|mutter\w*|hush\w*|gentl\w+|feebl\w*|weak\w*|inaudible|muffl\w+|mous[ey]\w*|sh+|discree\w+|lower your|keep (?:it|your\w*|that)(?: \w+)? (?:down|low)|talk low|voice down|(?:too|so|very|ever so) (?:small|low)|too small"),
    ("asleep", r"asleep|sleep\w*|nodded off|dropped off|drop(?:s|ped)? off|napp?\w*|forty winks|bed|doz\w+|snor\w+|kip\w*|library|church|chapel|mosque|funeral|mass|quiet carriage|on nights|late|neighbours?|exam|headache|migraine|rest(?:s|ing)|settled|baby\w*|wee one|little one|everyone can hear|whole (?:house|bus|street|ward)|ward|wake"),
    ("noise", r"tell?y|tv|radio|hoover\w*|vacuum|kettle|traffic|drill\w*|wind|rain\w*|fan|extractor|washing machine|washer|dishwasher|dryers?|engine|tractor|lorr\w+|generator|gen|kids?|party|crowd\w*|pub|music|band|trains?|bus|tap|shower|drown\w*|(?:lawn ?)?mower|strimmer|blender|mixer|grinder|saw|hob|cooker|dog|hairdryer|machine|workshop|traffic|road|construction|boiler|frying|chip pan"),
    ("unheard", r"(?:can't|cannot|can not|couldn't|can hardly|can barely|could hardly|hardly|barely|not|struggl\w+|strain\w+|trying) (?:\w+ ){0,3}?(?:hear\w*|make (?:you |it |that )?out|catch\w*|pick (?:you |it |that )?out|get (?:you|a word))|make (?:you|it|that) out|missing (?:what|half|every|bits)|losing every|hear you|hear me|deaf\w*|hearing(?:'s| is)? going|hearing aids?|from the (?:kitchen|garden|next room)|across the"),
    ("up", r"(?:turn|come|go|get|bring|crank|pump|put|notch|jack|hike|ramp|boost|raise|rais|lift|bump|push|up|speak|talk|pick|speed|volume)\w*(?: (?:it|you|your\w*|that|the \w+|a (?:bit|little|notch|touch|wee bit|tad|good bit|peg|couple)))*(?: of notches)? ups?\b|increas\w*|rais\w+|boost\w*|crank\w*|higher|all the way up|up (?:a|some|the|to|an)\b|louder|more (?:volume|sound|power|oomph|welly)|welly|wallop|oomph|beef"),
    ("down", r"(?:turn|come|go|get|bring|put|notch|keep|tone|dial|pipe|take|drop|sink|slow|calm|settle|pull|throttle)\w*(?: (?:it|you|your\w*|that|the \w+|things|right|a (?:bit|little|notch|touch|wee bit|tad|peg)))*(?: \w+)? (?:down|back)\b|decreas\w*|reduc\w*|lower\w*|drop your|less"),
    ("fast", r"fast\w*|quick\w*|gabbl\w*|rattl(?:e|ing)(?: it)?(?: off)?|gallop\w*|rac(?:e|ing|es)|rush\w*|hurr\w+|speedy|rapid\w*|speed(?:s|ing)?|clappers|to the dozen|mile a minute|breakneck|auctioneer|commentator|machine ?gun|(?:at|that|of a) (?:lick|pace|rate)|train to catch|tripping over|run(?:ning|s)? into each other|run(?:ning|s)? together|in a rush|swift\w*|brisk\w*|snapp\w+|whizz\w*|zoom\w*|bolt\w*|running"),
    ("slow", r"slow\w*|plod\w*|dawdl\w*|snail\w*|crawl\w*|drag\w*|sluggish|treacle|paint dry|asleep with|half asleep|all day|all the time in the world|leisurely|sedate\w*|take your time|steady|drawl\w*|ponderous|tortoise|running down|get a move|chop chop|step on it|foot down|pick up the pace|tempo|ease (?:off|up)|unhurried|small small|dictation"),
    ("keepup", r"keep(?:ing)? (?:up|pace)|catch up|follow you|take it in|take (?:words|things) in|lose (?:you|track)|lost|too (?:much )?for (?:my|her|his|me)|(?:writ|brail+|typ)ing (?:it|this|that) (?:down)?|write (?:it|this) down|foreign\w*|second language|english is|my english|eighty|ninety|stroke|gran|mam|mum"),
    ("used", r"used to|for twenty years|double speed|screen ?readers?|voiceover|jaws|nvda|talkback|narrator|talking books?|audiobooks?|words (?:a|per) minute|wpm|well able|i can (?:take|follow|listen|handle)|match (?:it|that)|do likewise|the same"),
    ("number", r"\d{2,3}|(?:one|two|three|four|five) hundred(?: and \w+)?|(?:two|three|four) (?:ten|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)"),
    ("shrill", r"shrill\w*|squeak\w*|tinny|piping|chipmunk\w*|helium|treble|high\w*|piercing|falsetto|soprano|child\w*|whin\w+"),
    ("deep", r"deep\w*|gruff\w*|growl\w*|gravel\w*|bass|baritone|rumbl\w*|droning|boots|low(?:er)?|husk\w+|octave (?:lower|down)"),
    ("pitch", r"pitch\w*|octaves?|tones?|register|notes?|semitones?|sounds? like"),
    ("long", r"long\w*|wordy|waffl\w*|rambl\w*|blether\w*|blather\w*|chat\w*|lectur\w*|sermon\w*|speech(?:es)?|saga|story|stories|war and peace|chapter and verse|hind legs|for ireland|go(?:es|ing)? on|rabbit\w*|witter\w*|prattl\w*|full\w*|everything|detail\w*|elaborat\w*|lot|works|ins and outs|monty|thorough\w*|expand\w*|flesh|meat|explain\w*|unabridged|whole (?:thing|lot|story|hog)|verbose|lengthy|lengthier|trimmings|frills|grammar|padding|essay"),
    ("short", r"short\w*|brief\w*|curt|terse\w*|clipped|concise|succinct|gist|headlines?|nutshell|basics|bones|bare|minimum|summar\w+|abridged|point|one word|two words|a word or two|few words|one (?:line|sentence)|skimp\w*|leav\w+ (?:things|bits|anything|stuff)? ?out|hold\w* (?:out|back)|tiny|thin|trim\w*|boil it|precise|land|just the answer|only the|and no more|and stop"),
    ("cutin", r"interrupt\w*|butt\w* in|jump\w*(?: \w+)? in|cut\w*(?:ting)? (?:me|across|in|people|him|her|us|my)\b(?: off)?|break\w* in|barg\w* in|chip\w* in|over (?:the top of )?me|talk over|before i(?:'m|'ve| am| have|'d)?|half my|half a sentence|finish\w*|still talking|pounc\w*|snatch\w*|off the mark|let me|get (?:my|the) words? out|get it out|end of (?:what|my)|a body"),
    ("wait", r"wait\w*|paus\w*|patien\w*|impatient|hang (?:on|back|about)|hold (?:on|off|your)|bear with|give (?:me|a body|us|him|her) (?:a |some |more |longer|time)|time to|stammer\w*|stutter\w*|parkinson\w*|slow(?:ly)? (?:at|to)|think\w*|gap|silence|breath\w*|through|done|conclude|turn|a minute|a moment|a second|allow\w*|permit"),
    ("blip", r"bleep\w*|beep\w*|bing\w*|bong\w*|ding\w*|dong|ping\w*|plink\w*|plonk\w*|plop\w*|blip\w*|bloop\w*|pip(?:s|ping)?|chim\w+|chirp\w*|chirrup\w*|cheep\w*|tweet\w*|trill\w*|tinkl\w*|jingl\w*|click\w*|clack\w*|tick(?:ing|s)?|tock\w*|buzz\w*|ring\w*|bells?|whistl\w*|toot\w*|honk\w*|clang\w*|tunes?|noises?|sounds?|tones?|earcons?|effects?|signals?|notification"),
    ("again", r"back|again|restor\w*|return|miss(?:ed)?|gone|any ?more|used to|stopped|bring back|where's"),
    ("stop", r"stop\w*|quit\w*|cease|desist|refrain\w*|enough|knock off|cut out|do away|get rid|rid of|lose|no more|without|spare me|pack it in|pack in|off|silence|mute|remov\w*|turn off|shut\w*|hate|annoy\w*|irritat\w*|drive\w*|doing my head|through me|nerves|teeth on edge|skip|drop|away with|goes mad|disagreeable"),
    ("mute", r"braille|text only|only text|just (?:write|show)|no (?:talking|voice|speech)|aloud|out loud|silent|dumb|screen"),
    ("date", r"\d{1,2} ?/ ?\d{1,2}|dates?|months?|days?|january|february|march|april|may|june|july|august|september|october|november|december|first number"),
    ("states", r"americ\w*|u ?s(?: ?a)?|states|texas|ohio|boston|florida|chicago|california|new york|jersey|canada|over here"),
    ("home", r"brit\w*|english|europe\w*|irish|ireland|scot\w*|uk|australia\w*|where i live|in this house|with us"),
    ("tongue", r"spanish|portuguese|español|espanol|english|french|language"),
    ("who", r"voices?|accents?|robot\w*|joe|woman|man|somebody else|who's speaking|fella|scottish|british"),
    ("usual", r"normal\w*|usual\w*|ordinary|default|how (?:it|you) (?:was|were)|middling|at first|before"),
    ("most", r"as \w+ as (?:you|it)|flat out|full blast|full whack|all the way|everything you've got|top (?:whack|speed)|\w+est|very \w+est|max\w*|limit|to the top"),
)  # fmt: skip
_SIGNS: tuple[tuple[str, str], ...] = (
    ("not", r"not|n't|\w+n't|dont|no|never|nor|without|less|stop\w*|quit|enough|refrain\w*|desist|cease|needn't|spare|out of"),
    ("too", r"too|that|so|awful\w*|very|ever so|half|dead|terrible|terribly|a bit of a"),
    ("you're", r"you're|you are|your|you (?:sound|talk|speak|go|read|come|do|keep|give|never|always|only|start|wait|leave|let|could|don't|make)|it's|it is"),
    ("want", r"more|be|let's|let us|want|give|please|could|would|can|like|need|bring|put|make|kindly|have|rather|prefer|\w{3,}er"),
    ("i", r"i|i'm|i've|my|me|we|we're"),
)  # fmt: skip
_PATTERNS = tuple(re.compile(rf"(?<![\w'])(?:{words})(?!\w)", re.I) for _, words in _GROUPS)
_SIGN_PATTERNS = tuple(re.compile(rf"(?<![\w])(?:{words})(?!\w)", re.I) for _, words in _SIGNS)
COUNT = len(_GROUPS) * (1 + len(_SIGNS)) + len(_SIGNS)
_SCALE = 0.5


def told_by(text: str) -> NDArray[np.float32]:
    """(COUNT,): which groups of words a clause holds, alone and beside each sign ("too loud", "not loud")."""
    groups = np.array([pattern.search(text) is not None for pattern in _PATTERNS], dtype=np.float32)
    signs = np.array([pattern.search(text) is not None for pattern in _SIGN_PATTERNS], dtype=np.float32)
    pairs = (groups[:, None] * signs[None, :]).ravel()
    return (np.concatenate([groups, pairs, signs]) * _SCALE).astype(np.float32)
