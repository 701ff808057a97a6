"""Telling words of a clause: patterns that leave little doubt about the step, as log-odds beside the fitted table.

They count where the table has seen few clauses with each content. Each is anchored on what people say to any assistant, not on
single requests; a wrong cue costs more than a missing one.
"""

# ruff: noqa: E501 - a pattern reads better on one line

import re

UNIT = r"(?:kilomet\w+|met(?:er|re)s?|miles?|inch(?:es)?|feet|foot|yards?|centimet\w+|millimet\w+|grams?|kilos?|kilograms?|pounds?|ounces?|stones?|lit(?:er|re)s?|millilit\w+|pints?|cups?|gallons?|tablespoons?|teaspoons?|celsius|centigrade|fahrenheit|km|cm|mm|ml|kg|oz|lbs?|mph|kph)"
_KEPT = r"(?:shopping |grocery |to[ -]?do |packing |wish |[\w-]+ )?(?:lists?|notes?|notebook)"
_DOCUMENTS = r"(?:documents?|files?|contracts?|manuals?|papers?|paperwork|leases?|polic(?:y|ies)|agreements?|handbooks?|guides?|warrant(?:y|ies)|pdfs?|reports?|statements?|tenancy|brochures?)"
_ERASE = r"(?:delete|remove|erase|get rid of|throw away|throw out|bin|scrap|drop|cross off|strike off|wipe|clear|empty)"
_DAYS = r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|christmas|easter|new year|january|february|march|april|may|june|july|august|september|october|november|december|today|tomorrow|the \w+(?:st|nd|rd|th)|the (?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|twentieth|thirtieth))"

_WEEKDAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"

_TABLE: tuple[tuple[str, str, float], ...] = (
    (r"^(?:now |then )?spell\b|\bspell(?:ed|t|ing)?\b", "spell", 3.0),
    (r"^remind me\b(?! (?:what|where|who|how|which|why)\b)|\bremind me (?:to|about|of|at|on|in|the|tomorrow|when|an|two)\b", "set_reminder", 2.5),
    (r"^(?:cancel|delete|remove|clear|get rid of|turn off|switch off|forget|don't|stop)\b.*\b(?:reminders?|reminding|remind|alarms?|timers?)\b", "cancel_reminder", 3.0),
    (r"^(?:set|start|put|begin|give me|make)\b.*\b(?:timer|countdown)\b|^timer\b", "start_timer", 2.5),
    (r"\b(?:bar ?code|qr(?: code)?)\b", "scan_barcode", 2.5),
    (r"\bcolou?rs?\b|\bwhat shade\b", "identify_colour", 2.0),
    (r"^(?:add|put|stick|write|pop)\b.*\b(?:to|on|onto|in|into) (?:my |the |a |our )?(?:[\w-]+ )?(?:lists?|notes?)\b", "add_note", 3.0),
    (r"^(?:make|take|write|leave|save|add|record|create|keep) (?:me )?(?:a|another) (?:quick |new )?note\b|^(?:note|jot|write)(?: that| this| it)? down\b|^note (?:that|to self)\b", "add_note", 2.5),
    (r"^(?:please )?(?:always )?remember (?:that|my|i|i'm|the|to call me|where i|our)\b", "remember", 2.0),
    (r"^(?:what|which|do|did|is|are|read|search|look|find|check|show|list|have)\b.*\b(?:my|the) (?:[\w-]+ )?(?:lists?|notes?)\b", "search_notes", 2.0),
    (r"\bmy reminders\b|\bwhat reminders\b|\bany reminders\b", "list_reminders", 1.5),
    (rf"\bhow many {UNIT} |\b(?:in|into|to) {UNIT}$|\bconvert\b", "convert_units", 2.5),
    (r"^(?:what(?:'s|s| is)? (?:the )?time|what time is it)\b(?! of\b)(?!.*\b(?:appointment|due|start|open|on (?:this|the)|print)\b)", "tell_time", 1.5),
    (r"\b(?:says? (?:anything |something )?about|mention)\b(?!.*\bnotes?\b)", "ask_text", 3.0),
    (r"^(?:what|how)\b.*\bnet weight\b|\bwho am i (?:seeing|meeting|meant to|supposed to|due to|to)\b", "ask_text", 8.5),
    (r"^undo\b|\btake (?:that|it) back\b", "undo", 2.5),
    (r"\b(?:tip|percent)\b|\d%|\d (?:plus|minus|times|divided by|multiplied by) \d|\bsplit\b.*\b(?:ways|between|people)\b", "calculate", 2.0),
    (r"^(?:read|what does) (?:it|this|that|the (?:letter|label|sign|page|note|menu|leaflet|bill|card))(?: out| to me| aloud| say$|$)", "read_text", 1.5),
    # dates
    (rf"^(?:what(?:'s|s| is| was| will be)?|which|tell me) (?:the |today's |tomorrow's |yesterday's )?(?:date|day)\b(?!.*\b(?:appointment|due|start|open|on (?:this|the)|print|best|expir|use by)\b)(?! (?:am|do|does|did|are) (?:i|we|they|he|she) (?!on\b)\w+)(?!.*\b(?:i've|i have|we've|we have|i'm|got) to\b)|^(?:what|which) (?:week ?day|day of the week|month|year)\b|^how (?:many (?:more )?(?:days|weeks|months)|long|far) (?:is it |are there |left )?(?:until|till|til|to|before|away is) (?:.*\b)?{_DAYS}\b", "tell_date", 3.5),
    (rf"^(?:is|isn't) (?:it|today) (?:already )?(?:a )?{_DAYS}\b|^is it the weekend", "tell_date", 3.0),
    (rf"^(?:on )?(?:what|which) (?:day|weekday|date)\b.*\b{_DAYS}\b", "tell_date", 2.0),
    # timers
    (r"^(?:what|which|any|are|do|is|list|tell me|show)\b.*\btimers?\b|^how (?:long|much(?: time| longer)?)\b.*\b(?:timers?|countdown)\b|\btimers? (?:running|going|left|set)\b", "list_timers", 4.0),
    # notes and facts that go
    (rf"^{_ERASE}\b.*\b(?:my|the|that|last|this|all)\b.*\bnotes?\b|^(?:take|cross|strike|scratch|remove|delete|drop|get) .{{1,60}}? (?:off|from|out of|of) (?:of )?(?:my |the |our )?{_KEPT}\b|^(?:forget|undo|lose) (?:the|that|my) note\b", "delete_note", 6.0),
    (rf"^(?:change|edit|correct|update|fix|rewrite|amend|replace|modify|append|extend)\b.*\b{_KEPT}\b|^add .{{1,60}}? to the (?:last |latest )?note about\b|^in (?:my|the) note (?:about|on)\b", "edit_note", 5.0),
    (r"^forget (?!about remind|the reminder|to\b|reminding|it$|that$|about it$|the note|the timer|the alarm)(?:everything|all|what|my|about|the|where|who|that|her|his|our|anything|this)\b|^(?:delete|erase|remove|wipe|clear) (?:everything|what|anything|all) (?:that )?(?:you (?:know|remember|have)|i (?:told|said)|about)\b|^(?:delete|erase|wipe|remove) (?:my |the )?(?:fact|memory|memories)\b|^(?:don't|do not|stop|no longer) remember(?:ing)?\b|^you (?:can|should|may) forget\b|^(?:i want you to |please )?unlearn\b", "forget", 5.0),
    (r"\bwhat do you (?:know|remember|have) (?:about|on|of) me\b|\bwho am i$|\bdo you know (?:who i am|my name|me)\b|\bwhat(?:'s| is) my (?:first |last |full )?name\b|\bwhat have i told you\b|\beverything you (?:know|remember) about me\b|^tell me about (?:myself|me)\b|\bwhat have you (?:learn(?:ed|t)|kept|stored|saved) about me\b", "who_am_i", 5.0),
    # documents
    (rf"^(?:what|which|do|does|did|is|are|where|when|how|can|search|look|find|check|who|am|may|must|should)\b.*\b(?:my|our) (?:[\w'-]+ ){{0,2}}?{_DOCUMENTS}\b", "search_documents", 3.5),
    (rf"^(?:what|where|when|how|who|is|does|did|do|can|search|look|find|check)\b.*\b(?:in|according to|through|by) (?:the|my|all|all my|any of my|our) (?:[\w'-]+ ){{0,2}}?{_DOCUMENTS}\b|\bdid the (?:[\w'-]+ )?{_DOCUMENTS} say\b|\bdoes (?:the|my|our) (?:[\w'-]+ )?{_DOCUMENTS} (?:say|tell|mention|cover|allow|require|state)\b", "search_documents", 3.5),
    (rf"^(?:read|open|continue|go on with|go to|turn to)\b.*\b(?:my|our|the stored|the saved) (?:[\w'-]+ ){{0,2}}?{_DOCUMENTS}\b|^read (?:me )?page \w+ of (?:the|my|our)\b", "read_document", 4.0),
    (rf"^(?:what|which|list|show|tell me|name|how many)\b(?: me| all| of)*(?: the)? ?(?:my |our |your )?(?:{_DOCUMENTS} (?:do (?:i|you)|have (?:i|you)|are (?:there|in|kept|stored|saved)|i)|(?:{_DOCUMENTS})$)|^(?:list|name|show me) (?:all )?(?:of )?my {_DOCUMENTS}\b|\bin my (?:library|documents)$", "list_documents", 4.0),
    (rf"^(?:add|save|keep|store|put|file|import|index|remember)\b (?:this|that|it|the|my)\b(?: {_DOCUMENTS}| letter| page| text| bill| leaflet)?.*\b(?:documents|library|files|paperwork|papers|collection|for later)\b|^(?:add|save|keep|store|file|import|index) (?:this|that|the|my) {_DOCUMENTS}\b", "add_document", 4.5),
    (rf"^{_ERASE}\b.*\b{_DOCUMENTS}\b|^{_ERASE}\b.*\bfrom (?:my |the )?(?:documents|library|files)\b", "remove_document", 5.0),
    # camera, screen, closer, two pictures
    (r"^(?!get shot of\b)(?:take|snap|shoot|get|grab|capture|make) (?:me )?(?:a|an|another|one more|the)? ?(?:new )?(?:picture|photo|photograph|snap(?:shot)?|shot)\b(?! of (?:the|my) screen)|^(?:use|open|turn on|look through) (?:the|my) (?:camera|webcam)\b|^look (?:through|with) (?:the|my) camera\b", "take_picture", 5.0),
    (r"\bscreen ?shot\b|^(?:take|capture|grab) .*\bscreen\b|\bwhat(?:'s| is)? (?:on|does) (?:my|the) (?:screen|display|monitor)\b|^(?:look at|read|describe) (?:my|the) (?:screen|display|monitor)\b", "take_screenshot", 5.0),
    (r"^(?:look|zoom|go|get|come|move)(?: in| a bit| a little| even)? (?:closer|nearer|in on)\b|^(?:zoom|enlarge|magnify)\b|\b(?:closer|more closely|close[- ]?up|zoom in|zoomed)\b|^(?:have|take) a closer look\b", "look_closer", 5.0),
    (r"^compare\b|\b(?:which|what) (?:one )?of (?:the|these|those) two\b|\bdifferen(?:ce|t)s? between (?:the|these|those|this)\b.*\b(?:two|pictures?|photos?|one|other|last)\b|\b(?:the same|differ) as (?:the )?(?:last|one before|other|previous|first)\b|\bare (?:the|these|those) two\b|\bboth (?:pictures|photos|cans|images)\b", "compare_pictures", 4.0),
    # words, help, settings, programs, the web
    (r"^(?:define|definition of|give me (?:the|a) (?:definition|meaning))\b|\bmean(?:ing of)?\b.*\bword\b|\bword\b.*\bmean\b|^what(?:'s| is| does)? (?:the )?(?:definition|meaning) of\b|^what does (?:the word )?[\w'-]+ mean$|^what(?:'s| is) (?:a|an) synonym\b|\bsynonyms? (?:for|of)\b|^look up (?:the word|the meaning|the definition)\b", "define_word", 4.5),
    (r"\b(?:list|what are|which|what|name|show me|how many)\b.*\b(?:tools|commands|skills|functions|plug ?ins)\b(?: (?:do you|can you|are there|you|there are|available|have)|$)", "list_tools", 4.0),
    (r"^help(?: me)?$|^what can (?:you do|i (?:say|ask))\b|^help (?:with|on|about)\b|^how do i (?:use|ask|tell|talk|set|add|take|delete|cancel|change|turn|stop|make|get you|read)\b", "help", 2.5),
    (r"^(?:speak|talk|read|go)(?: a (?:bit|little)| much| more)* (?:faster|slower|quicker|louder|quieter|more (?:slowly|quickly|quietly|softly|loudly)|slowly|softer|up)\b|^(?:turn|switch|set|change|make|put|raise|lower|increase|decrease|slow|speed)\b(?!.*\b(?:notes?|reminders?|lists?)\b).*\b(?:volume|speed|rate|pitch|voice|speech|earcons?|sounds?|verbosity|beeps?|patience|settings?|threshold|speaking|wake word|answers?)\b|^(?:be|give)(?: me)? (?:more |less )?(?:brief|verbose|short|longer|shorter|quick|detailed|wordy|patient|full|concise)\b(?:.*\banswers?\b)?|^(?:stop|start) (?:the )?(?:beeping|beeps|sounds|earcons)\b|^(?:use|switch to) (?:a|another|the) (?:[\w-]+ )?voice\b", "change_setting", 5.0),
    (r"^(?:open|launch|start|run|bring up|fire up)(?: up)? (?!.*\b(?:timer|countdown|door|window|bottle|tin|can|jar|letter|file|document|page|camera|address|website|link)\b)(?:the |my |a )?(?:[\w.+-]+ ?){1,4}$", "open_application", 3.5),
    (r"^(?:open|launch|start|run)\b.*\b(?:app|application|program|browser|calculator|editor|player|firefox|chrome|word|excel|mail|email client|thunderbird|terminal|file manager|music player)\b", "open_application", 2.5),
    (r"^(?:search|look)\b.*\b(?:the (?:web|internet|net)|online|on ?line|google|duckduckgo|wikipedia)\b|^(?:google|web search|search online|look online|look up online)\b|\bon the (?:internet|web)$|^(?!remind|note|add|remember|(?:make|take|write|put|set|leave)\b.*\b(?:notes?|lists?|reminders?)\b).*\bonline$", "web_search", 6.0),
    (r"\b(?:https?|www)\b|\b[\w-]+(?: dot|\.| ) ?(?:com|org|co uk|co\.uk|edu|gov)\b|\b[\w-]+(?: dot |\.)net\b|^(?:open|fetch|load|get|go to) [\w-]+ net$|^(?:fetch|open|read|load|get|go to) (?:me )?(?:the|this|that) (?:web ?)?(?:page|site|website|address|link|url)\b.*", "fetch_page", 4.5),
    (r"^(?:tell me |say |give me |read |i want |any )?(?:some )?more(?: please| about (?:it|that|this)| details?)?$|^(?:go on|continue|keep going|and the rest|the rest|what else|carry on|read on|elaborate)(?: please)?$", "say_more", 3.0),
    (r"\b(?:are you|how) (?:really |quite |absolutely |very )?(?:sure|certain|confident)\b|^(?:is|was) that (?:right|correct|true|certain)\b", "sure", 3.0),
    (r"^(?:(?:you can|just|always) )?call me (?!when|if|at|in|on|back|later|tomorrow|a\b|an\b|the\b)\w+(?: \w+)?$|^my (?:first |full )?name(?:'s| is)\b|^i go by\b", "remember", 5.0),
    (r"^(?:actually |no )?(?:my|our) .+ (?:is|are) now\b|\bhas (?:now )?changed to\b", "remember", 3.0),
    (r"^(?:just )?(?:a )?(?:couple|few) of (?:quick )?things$|^(?:two|three) things$", "vague", 7.0),
    (r"^(?:jot|scribble|write|note|put)\b.*\bdown\b|^notes?(?: to self)? ?:", "add_note", 3.5),
    (r"^(?:i )?(?:beg your )?pardon(?: me)?$|^come again$|^say (?:that |it )?again$", "repeat", 4.0),
    (r"^where(?:abouts)? (?:does|do) (?:it|they|this) say (?!so\b|that\b|it\b|this\b)", "find_in_picture", 4.0),
    # said in passing: what is not asked for, and what is asked for in other words
    (r"^(?:please )?(?:don't|do not|no need to|you (?:don't (?:have|need) to|needn't)) (?:write|note|save|keep|add|set|record|put|start|take|do)\b|\b(?:wouldn't|needn't|don't) bother\b|^leave (?:the|my|that|it)\b.*\b(?:alone|be|running|where it is|as it is)\b|\bi'll (?:set|do|make|write|remember|add|read|take|get|sort)\b.*\b(?:myself|later)\b|^not (?:now|yet|just now)\b", "chat", 6.0),
    (r"\bis (?:that|it|this) (?:today|tomorrow|yesterday|a " + _WEEKDAY + r")\b|^how (?:far|long) (?:off|away) (?:is|are|till)\b|^(?:the )?date(?: please)?$|^what(?:'s|s| is| are)? (?:the )?(?:date|day) (?:of|on|today|tomorrow|yesterday|next)\b|\b" + _WEEKDAY + r"(?:'?s)? date\b", "tell_date", 3.0),
    (r"\bdon't let (?:me|it|this|that) (?:forget|slip)\b|\b(?:give (?:me|us) a (?:shout|nudge|poke|ring|buzz|prod)|poke me|prod me|nudge me|ping me|nag me|shout me)\b|^(?:stick|pop|put|bung|set) (?:me )?(?:a|another) reminder\b|\b(?:want|need|like) reminding\b|^reminder (?:for|to|about|on|at)\b", "set_reminder", 3.0),
    (r"^(?:am i|are we|was i) (?:meant|supposed|due|expected)\b|^(?:have i|do i have|have we|what have i|what've i|anything) (?:got )?(?:anything|owt|something|much|on|booked|planned)\b.*|\b(?:you're|you are|you'll|you will|you've got) (?:going )?(?:to )?remind(?:ing)? me\b|\b(?:coming up|my diary|my schedule|my agenda)\b", "list_reminders", 2.5),
    (r"\b(?:scrap|cancel|delete|remove|bin|drop|lose|ditch|kill|chuck)\b.{0,40}\b(?:reminders?|alarms?|timers?)\b|\bno longer need (?:the |that |a )?(?:reminder|reminding|nagging)\b|\bdon't need (?:nagging|reminding)\b|^cancel (?:the|my|that|all|both|every)\b", "cancel_reminder", 2.5),
    (r"\bfor (?:future reference|the record|next time)\b|^(?:hang|hold) on to this\b|\b(?:bear|keep) (?:it |this |that )?in mind\b|\bcommit .*\bto memory\b|\bdon't (?:you )?forget (?:that|my|i)\b", "remember", 3.0),
    (r"\bnote\b.*\b(?:make it|change it|should say|ought to say|correct it|it should|is wrong)\b|^(?:change|make) it to say\b", "edit_note", 5.0),
    (r"\b(?:don't|do not) (?:want|need) you (?:to )?(?:know|knowing|remember|remembering|keep|keeping|have|having)\b|\bstop (?:knowing|keeping)\b|^wipe\b.*\b(?:said|told|know|memory)\b", "forget", 5.0),
    (r"^(?:slow|speed) (?:it |yourself )?(?:down|up)\b|\b(?:shorter|longer|briefer|fuller|brief|short|detailed) answers?\b|\b(?:answer|speak|talk) (?:me )?(?:more |a bit |a little |much )?(?:briefly|fully|quicker|faster|slower|louder|quieter|slowly|quickly|quietly|softly|up)\b|\byou(?:'re| are) (?:too|talking too|speaking too|gabbling|shouting)\b", "change_setting", 4.5),
    (r"^(?:get|bring|pull|fire|start) (?!.*\b(?:notes?|lists?|reminders?|documents?|letter|page|picture|photo|timers?|contract|manual|messages?)\b)(?:[\w.+-]+ ?){1,3} up$", "open_application", 4.5),
    (r"\b(?:say|read|tell|go through|give|run through)\b.*\b(?:my|the) (?:whole |entire )?(?:[\w-]+ )?lists?\b|\bin what i wrote\b|\bwhat i (?:wrote|noted|jotted)\b|\b(?:shop|supermarket)\b.*\bneed(?:ed)?\b", "search_notes", 2.5),
    (r"^(?:snap|photograph|shoot) (?:this|that|the|it|me|my)\b|^camera on\b|\buse the camera\b|\bwith (?:the|your) camera\b", "take_picture", 5.0),
    (r"\bon (?:my|the) (?:screen|monitor|display)\b", "take_screenshot", 3.0),
    (r"^(?:go|get|move) in on\b|\b(?:closer|nearer) (?:at|to|on|look)\b", "look_closer", 4.0),
    (r"\bside by side\b|^compare\b|\b(?:what's|whats|what is) different\b", "compare_pictures", 3.5),
    (r"^(?:file|tuck|put) (?:this|that|it)(?: one)? (?:away|in with)\b", "add_document", 5.0),
    (r"^(?:so )?what (?:paperwork|documents?|files?|papers?) (?:have|did|do|are)\b", "list_documents", 5.0),
    (r"\bmanual (?:you've|i gave|you have)\b|\bthe (?:[\w-]+ )?(?:contract|manual|lease|policy|agreement|warranty|handbook)\b.*\b(?:said|says|say)\b|\bcheck (?:the|my) (?:[\w-]+ )?(?:contract|manual|lease|policy|agreement|warranty|handbook)\b|\blook in (?:the|my) (?:[\w-]+ )?(?:contract|manual|lease|policy|agreement|warranty|handbook)\b", "search_documents", 4.0),
    (r"\b(?:get rid of|chuck|bin|delete|remove)\b.*\b" + _DOCUMENTS + r"\b", "remove_document", 3.5),
    (r"^(?:chuck|bin|scrap|ditch|delete|get rid of)(?: out| away)? .*\bnotes?\b", "delete_note", 5.0),
    (r"\bwhat(?: on earth| the heck| exactly)? does (?:the word )?[\w'-]+ (?:actually |really )?mean\b", "define_word", 4.0),
    (r"\bcount me down\b|\bstart the clock\b|^set (?:[\w-]+ ){1,4}(?:minutes?|seconds?|hours?)\b|\b(?:minutes?|hours?) (?:timer|going|on the clock)\b", "start_timer", 3.0),
    (r"\bwhat(?:'s| have| has) you (?:got )?(?:stored|kept|saved|got) (?:on|about) me\b|\bhave you got (?:stored )?(?:on|about) me\b", "who_am_i", 5.0),
    (r"^(?:text|call|ring|phone|email|message|whatsapp|play|order|book|buy) (?!.*\b(?:say|says) (?:it|that)\b)|\b(?:turn|put|switch) (?:the|my) (?:heating|lights?|lamp|telly|tv|radio|kettle|oven|fan)\b|\bheadlines\b|\bweather\b|\bprime minister\b|\bpresident\b", "world", 3.0),
    (r"\b(?:notes?|lists?)\b.*\bcan (?:go|be binned|be deleted)\b|^(?:tear|rip) up\b.*\bnotes?\b", "delete_note", 4.0),
    (r"^(?:what|which|who|where|when)\b.*\b(?:did|have) i (?:say|said|tell|told|mention)\b", "recall", 3.5),
    (r"^(?:dig|pull|fetch|get|bring)(?: me)? (?:out|up) (?:my|the|that) (?:[\w-]+ )?notes?\b", "search_notes", 4.0),
    (r"\bthe word [\w'-]+ what(?:'s| is| does)\b|^[\w'-]+ what does (?:that|it) mean\b", "define_word", 5.0),
    # said in passing, and questions that only look like another
    (r"^(?:oh |well |my |ee )*what an? (?:(?:bad|good|funny|lovely|rotten|long|right|proper|nice|terrible|awful|great) )*(?:day|morning|night|week|start|mess|palaver|carry on|shame|pity|relief|nuisance|life|surprise|laugh|pain|state|to do|business)\b(?!.*\b(?:is|does|means?|cost|worth)\b)", "chat", 6.0),
    (r"^(?:now |so )?what(?:'s|s| is| have i got| have we got)? (?:still |all )?(?:cooking|ticking|counting down|on the go|boiling|simmering|running)(?: at the (?:minute|moment)| now| still)?$|^(?:is|are) (?:it|that|they|the [\w-]+) still (?:going|running|ticking|counting|on the go)$|^how(?:'s|s| is| are) (?:the|my) (?:[\w-]+ )?(?:doing|getting on|coming (?:on|along))$|^how (?:long|much longer) (?:has|have|is|are) (?:it|that|they|the [\w -]+?) (?:got|left|got left|to go)$", "list_timers", 4.0),
    (r"^i (?:can never|never can|can't|cannot|could never|never) remember\b(?!.*\b(?:where|what|who|when|which|how|if|why|remind)\b)", "chat", 5.0),
    (r"^(?:(?:just|so|well|and|you know|so you know) )*(?:for later(?: on)?|for future reference|for another time)\b", "remember", 3.0),
    (r"^(?:and |so |then )?what(?:'s|s| is| would| does)? (?:it|that)(?: be| come to| work out (?:as|at))? (?:(?:a|per|every) (?:day|week|month|year|head|person|night|hour|piece)|for (?:the |all |both )*(?:(?:two|three|four|five|six|seven|eight|\\d+) )?(?:of (?:us|them|you)|kids|children|people|adults|nights|weeks|days|months))\b|^(?:and |so )?what(?:'s|s| is) (?:it|that) each\b", "calculate", 4.0),
    (r"\b(?:how much|what|any) change\b|\bchange (?:do|should|will|would) i\b|\bchange (?:from|out of|off|for) (?:a|an|my|the|it|two|\d)", "calculate", 3.5),
    (r"^(?:i|we)(?: do|'m| am)? (?:need|want|after|could do with|could use) (?:to know |to have )?(?!to\b)(?:the |my |our )?(?!this\b|that\b)[\w']+(?:'?s)? (?:\w+ )?(?:address|number|postcode|birthday|phone|pin|code|size|email)\b(?! (?:on|from|off|in) (?:this|it|the)\b)", "recall", 3.5),
    (r"^(?:note|write|jot|put)(?: down| it down)? instead\b|^instead (?:note|write|jot|put)\b", "add_note", 6.0),
    (r"^(?:make|take|write|leave) (?:me )?(?:a|another) (?:quick |new |little )?note\b(?! (?:about|on) .*\b(?:change|make it)\b)", "add_note", 3.0),
    (r"^how (?:many|much|often)\b.*\b(?:take|taking|swallow|inhale|use)\b.*\b(?:a|per|each|every|in the) (?:day|night|week|morning|evening|go|time)\b", "ask_text", 4.0),
    (r"^(?:can|should|does|do|will|could|must) (?:this|it|these|they|that) (?:go|be|need|have|contain|get|stand|take|want)\b|^(?:see |find out |tell me )?where (?:they|he|she|to|do i|did they|have they) (?!is\b|are\b)\w+", "ask_text", 2.5),
    (r"^(?:find|look for|check|get|see|give)(?: me| us| out)? (?:the|my|what|how|when) (?:.*\b)?(?:time|times|date|price|amount|dose|weight|instructions?|temperature|how long|deadline)\b(?!.*\b(?:manual|notes?|contract|lease|policy|agreement|list)\b)", "ask_text", 2.0),
    (r"^(?!.*\bwhere).*\b(?:off|on|from|in|according to) (?:this|the|that) (?:timetable|menu|bill|letter|label|leaflet|ticket|packet|tin|receipt|poster|notice|sign|page|card)\b", "ask_text", 2.0),
    (r"^(?:swap|switch|replace|change)\b.*\b(?:for|with|to)\b.*\b(?:on|in) (?:my|the) (?:[\w-]+ )?(?:lists?|notes?)\b", "edit_note", 3.0),
)  # fmt: skip

CUES: tuple[tuple[re.Pattern[str], str, float], ...] = tuple(
    (re.compile(p), label, weight) for p, label, weight in _TABLE
)
