"""Time zones by the names people say: cities, countries, states and zone abbreviations."""

import re
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

# The tz database names one city a zone; these are the other places people ask about.
_ALSO = {
    "America/New_York": (
        "new york city nyc washington washington_dc boston philadelphia miami atlanta orlando baltimore "
        "pittsburgh florida georgia_usa massachusetts new_jersey north_carolina virginia the_east_coast "
        "east_coast eastern_time est edt"
    ),
    "America/Chicago": (
        "dallas houston austin san_antonio texas new_orleans minneapolis st_louis memphis nashville milwaukee "
        "illinois central_time cst cdt"
    ),
    "America/Denver": "salt_lake_city colorado utah albuquerque mountain_time mst mdt",
    "America/Phoenix": "arizona tucson",
    "America/Los_Angeles": (
        "la california san_francisco san_diego seattle portland las_vegas nevada oregon sacramento "
        "silicon_valley the_west_coast west_coast pacific_time pst pdt"
    ),
    "America/Anchorage": "alaska",
    "Pacific/Honolulu": "hawaii",
    "America/Toronto": "ottawa montreal quebec ontario",
    "America/Vancouver": "british_columbia",
    "America/Edmonton": "calgary alberta",
    "America/Mexico_City": "mexico",
    "America/Sao_Paulo": "brazil rio rio_de_janeiro brasilia",
    "America/Argentina/Buenos_Aires": "argentina",
    "America/Bogota": "colombia",
    "America/Lima": "peru",
    "America/Santiago": "chile",
    "America/Caracas": "venezuela",
    "America/Havana": "cuba",
    "Europe/London": (
        "uk britain great_britain england scotland wales the_uk the_united_kingdom united_kingdom manchester "
        "birmingham liverpool edinburgh glasgow cardiff leeds bristol belfast oxford cambridge bst"
    ),
    "Europe/Dublin": "ireland cork galway",
    "Europe/Paris": "france lyon marseille nice bordeaux toulouse",
    "Europe/Berlin": "germany munich hamburg frankfurt cologne stuttgart cet cest central_european_time",
    "Europe/Madrid": (
        "spain barcelona seville valencia majorca mallorca menorca ibiza benidorm malaga alicante marbella"
    ),
    "Atlantic/Canary": "tenerife lanzarote the_canaries gran_canaria fuerteventura",
    "Asia/Nicosia": "cyprus paphos",
    "Europe/Malta": "malta",
    "America/Jamaica": "kingston",
    "America/Port_of_Spain": "trinidad tobago",
    "Africa/Banjul": "the_gambia gambia",
    "Africa/Tunis": "tunisia",
    "Africa/Harare": "zimbabwe",
    "Africa/Kampala": "uganda",
    "Africa/Dar_es_Salaam": "tanzania",
    "Europe/Zagreb": "croatia dubrovnik split_croatia",
    "Europe/Rome": "italy milan venice florence naples turin",
    "Europe/Amsterdam": "the_netherlands netherlands holland rotterdam the_hague",
    "Europe/Brussels": "belgium antwerp",
    "Europe/Zurich": "switzerland geneva basel bern",
    "Europe/Vienna": "austria salzburg",
    "Europe/Lisbon": "portugal porto",
    "Europe/Stockholm": "sweden gothenburg",
    "Europe/Oslo": "norway bergen",
    "Europe/Copenhagen": "denmark",
    "Europe/Helsinki": "finland",
    "Europe/Warsaw": "poland krakow",
    "Europe/Prague": "czechia the_czech_republic",
    "Europe/Budapest": "hungary",
    "Europe/Athens": "greece",
    "Europe/Bucharest": "romania",
    "Europe/Sofia": "bulgaria",
    "Europe/Kyiv": "ukraine kiev",
    "Europe/Moscow": "russia st_petersburg",
    "Europe/Istanbul": "turkey ankara",
    "Atlantic/Reykjavik": "iceland",
    "Africa/Cairo": "egypt",
    "Africa/Johannesburg": "south_africa cape_town pretoria durban",
    "Africa/Nairobi": "kenya",
    "Africa/Lagos": "nigeria abuja",
    "Africa/Accra": "ghana",
    "Africa/Casablanca": "morocco marrakesh",
    "Africa/Addis_Ababa": "ethiopia",
    "Asia/Jerusalem": "israel tel_aviv",
    "Asia/Riyadh": "saudi_arabia",
    "Asia/Qatar": "doha",
    "Asia/Kuwait": "kuwait",
    "Asia/Dubai": "the_emirates abu_dhabi uae the_uae",
    "Asia/Tehran": "iran",
    "Asia/Baghdad": "iraq",
    "Asia/Karachi": "pakistan lahore islamabad",
    "Asia/Dhaka": "bangladesh",
    "Asia/Kolkata": (
        "goa kerala punjab amritsar pune india delhi new_delhi mumbai bombay bangalore chennai hyderabad calcutta"
    ),
    "Asia/Kathmandu": "nepal",
    "Asia/Colombo": "sri_lanka",
    "Asia/Bangkok": "thailand",
    "Asia/Ho_Chi_Minh": "vietnam hanoi saigon",
    "Asia/Jakarta": "indonesia bali_java",
    "Asia/Singapore": "singapore",
    "Asia/Kuala_Lumpur": "malaysia",
    "Asia/Manila": "the_philippines philippines",
    "Asia/Shanghai": "china beijing shenzhen guangzhou",
    "Asia/Hong_Kong": "hong_kong",
    "Asia/Taipei": "taiwan",
    "Asia/Seoul": "korea south_korea",
    "Asia/Tokyo": "japan osaka kyoto",
    "Australia/Sydney": "oz down_under australia canberra new_south_wales",
    "Australia/Melbourne": "victoria_australia",
    "Australia/Brisbane": "queensland",
    "Pacific/Fiji": "fiji",
    "Pacific/Auckland": "new_zealand wellington christchurch",
    "UTC": "utc gmt greenwich zulu",
}
_CAPITALS = {
    "nyc": "New York",
    "la": "Los Angeles",
    "uk": "the UK",
    "the uk": "the UK",
    "uae": "the UAE",
    "the uae": "the UAE",
    "utc": "UTC",
    "gmt": "UTC",
}


@lru_cache(maxsize=1)
def _zones() -> dict[str, str]:
    known = available_timezones()
    names = {
        name.rsplit("/", 1)[-1].replace("_", " ").lower(): name
        for name in sorted(known)
        if "/" in name and not name.startswith(("Etc/", "SystemV/", "US/", "posix", "right"))
    }
    for feast in ("christmas", "easter"):  # islands, but hardly ever meant
        if feast in names:
            names[f"{feast} island"] = names.pop(feast)
    for zone, places in _ALSO.items():
        if zone in known:
            names |= {place.replace("_", " "): zone for place in places.split()}
    return names


_WORDS_TOO = frozenset(  # places that are everyday words; as a place they are said after "in"
    ["nice", "la", "cork", "center", "home", "bath", "reading", "bst", "est", "mst", "cst", "pst", "split", "male",
     "victoria", "portland", "nome", "boise", "easter", "rio", "oz", "colon", "bern", "jersey", "troll", "casey",
     "davis", "regina", "louisville"]
)  # fmt: skip


def find_named(words: str) -> str:
    """The place that a question names anywhere in its words ("will they be up in Toronto"); "" where it names none."""
    tokens = re.sub(r"[^\w\s'-]", " ", re.sub(r"'s\b", "", words.lower())).split()[:40]
    after_in = {
        at for at, token in enumerate(tokens) if at and tokens[at - 1] in ("in", "at", "to", "from", "for", "over")
    }
    for length in (4, 3, 2, 1):
        for start in range(len(tokens) - length + 1):
            name = " ".join(tokens[start : start + length])
            if name in _zones() and (name not in _WORDS_TOO or start in after_in):
                return name
    return ""


def find_zone(place: str) -> tuple[str, ZoneInfo] | None:
    """A place's name as it is said, and its time zone; None for a place that is not known.

    Words around the name do no harm: "in New York right now", "Tokyo, Japan".
    """
    words = re.sub(r"[^\w\s'-]", " ", place.lower())
    words = re.sub(
        r"\b(?:what|time|is|it|in|at|over|there|now|right|currently|the time|city|please|like|for|of)\b", " ", words
    )
    words = " ".join(words.split())
    if not words:
        return None
    tokens = words.split()[:12]
    for length in range(min(4, len(tokens)), 0, -1):
        for start in range(len(tokens) - length + 1):
            name = " ".join(tokens[start : start + length])
            zone = _zones().get(name)
            if zone:
                return _CAPITALS.get(name, " ".join(_capital(word) for word in name.split())), ZoneInfo(zone)
    return None


def _capital(word: str) -> str:
    if word in ("the", "of", "de"):
        return word
    return word.upper() if re.fullmatch(r"[ecmp][sd]t|ce?s?t|bst", word) else word[:1].upper() + word[1:]
