"""Made-up screens as HTML: one builder for each kind, filled by dice; every control has its role and its name.

What a screen shows is not taken from here but from the accessible tree that the browser makes of it (screens.py).
"""

import random
from collections.abc import Callable
from html import escape

from training.vision.data import lettering

Page = Callable[[random.Random], str]
_PEOPLE = ("Anna", "Ben", "Clara", "David", "Emma", "Farid", "Grace", "Hugo", "Ines", "Jack", "Kim",
           "Leo", "Maria", "Noah")  # fmt: skip
_APPS = ("Phone", "Mail", "Camera", "Maps", "Music", "Clock", "Photos", "Notes", "Store", "Weather", "Files", "Radio",
         "Books", "Health", "News", "Chat", "Wallet", "Calendar", "Games", "Bank")  # fmt: skip
_SETTINGS = ("Wi-Fi", "Bluetooth", "Dark mode", "Notifications", "Location", "Large text", "Screen reader", "Captions",
             "Vibration", "Auto-update", "Airplane mode", "Night light", "Sync", "Zoom")  # fmt: skip
_GOODS = ("Kettle", "Lamp", "Mug", "Rucksack", "Umbrella", "Notebook", "Headphones", "Jumper", "Clock", "Chair")
_COLOURS = ("#0b6bcb", "#c42b1c", "#107c10", "#8e44ad", "#d35400", "#00796b", "#37474f", "#ad1457")


def _text(rng: random.Random, least: int = 3, most: int = 10) -> str:
    return escape(lettering.sentence(rng, least, most))


def _colour(rng: random.Random) -> str:
    return rng.choice(_COLOURS)


def _field(label: str, kind: str = "text", value: str = "") -> str:
    return f'<label class="field"><span>{label}</span><input type="{kind}" value="{value}"></label>'


def _button(text: str, more: str = "") -> str:
    return f'<button class="{more}">{text}</button>'


def _bar(title: str, rng: random.Random) -> str:
    """A title bar, with a way back in one of two."""
    back = '<button class="icon" aria-label="Back">&#8592;</button>' if rng.random() < 0.5 else ""
    return f'<header class="bar">{back}<h1>{title}</h1></header>'


def login(rng: random.Random) -> str:
    """A form of two fields and a button."""
    name = rng.choice(("Email", "User name", "Phone or email"))
    keep = '<label class="row"><input type="checkbox"> Stay signed in</label>' if rng.random() < 0.5 else ""
    forgot = '<a href="#">Forgot your password?</a>' if rng.random() < 0.6 else ""
    title, word = rng.choice((("Sign in", "Sign in"), ("Log in", "Log in"), ("Welcome back", "Continue")))
    fields = _field(name) + _field("Password", "password", "x" * rng.randint(0, 9))
    rest = f"{keep}{_button(word, 'main wide')}{forgot}"
    return f'<main class="card middle"><h1>{title}</h1>{fields}{rest}</main>'


def signup(rng: random.Random) -> str:
    """A form of four to six fields."""
    fields = ["First name", "Last name", "Email", "Password", "Repeat password", "Date of birth"][: rng.randint(4, 6)]
    body = "".join(_field(name, "password" if "assword" in name else "text") for name in fields)
    agree = '<label class="row"><input type="checkbox"> I agree to the terms</label>'
    return f'<main class="card middle"><h1>Create account</h1>{body}{agree}{_button("Sign up", "main wide")}</main>'


def error(rng: random.Random) -> str:
    """A dialog over a dimmed page: something failed."""
    title = rng.choice(("Error", "Something went wrong", "Connection failed", "Could not save", "Not enough space"))
    return _dialog(rng, title, "&#9888;", rng.choice((("OK",), ("Try again", "Cancel"), ("Close",))), "alertdialog")


def confirm(rng: random.Random) -> str:
    """A dialog that asks before something is done."""
    title = rng.choice(("Delete this file?", "Leave the page?", "Allow location?", "Discard changes?", "Log out?"))
    return _dialog(rng, title, "?", rng.choice((("Cancel", "Delete"), ("No", "Yes"), ("Deny", "Allow"))), "dialog")


def _dialog(rng: random.Random, title: str, mark: str, answers: tuple[str, ...], role: str) -> str:
    behind = "".join(f"<p>{_text(rng)}</p>" for _ in range(rng.randint(3, 9)))
    sign = f'<div class="mark" aria-hidden="true">{mark}</div>' if rng.random() < 0.6 else ""
    buttons = "".join(_button(text, "main" if text == answers[-1] else "") for text in answers)
    return (
        f'<div aria-hidden="true" class="behind">{behind}</div><div class="veil"></div>'
        f'<div role="{role}" class="card dialog" aria-labelledby="t">{sign}<h2 id="t">{title}</h2><p>{_text(rng)}</p>'
        f'<div class="answers">{buttons}</div></div>'
    )


def settings(rng: random.Random) -> str:
    """A list of switches and of pages that go deeper."""
    rows = ""
    for name in rng.sample(_SETTINGS, rng.randint(5, 8)):
        on = rng.random() < 0.5
        state = f'aria-label="{name}" aria-checked="{str(on).lower()}"'
        switch = f'<span role="switch" tabindex="0" {state} class="switch"></span>'
        end = switch if rng.random() < 0.75 else "<span>&#8250;</span>"
        rows += f'<li class="row apart"><span>{name}</span>{end}</li>'
    return f"{_bar('Settings', rng)}<ul class='list'>{rows}</ul>"


def results(rng: random.Random) -> str:
    """A search field and links with a few words each."""
    found = "".join(
        f'<li class="hit"><a href="#">{escape(lettering.words(rng, 4).capitalize())}</a><p>{_text(rng, 8, 16)}</p></li>'
        for _ in range(rng.randint(3, 6))
    )
    field = f'<input type="search" aria-label="Search" value="{lettering.words(rng, 2)}">'
    return f'<header class="bar">{field}{_button("Search")}</header><ul class="list plain">{found}</ul>'


def chat(rng: random.Random) -> str:
    """Speech bubbles at both sides and a field to write."""
    bubbles = ""
    for _ in range(rng.randint(4, 8)):
        side = rng.choice(("mine", "theirs"))
        bubbles += f'<li class="bubble {side}">{_text(rng, 2, 9)}</li>'
    foot = f'<footer class="bar"><input aria-label="Message" placeholder="Message">{_button("Send", "main")}</footer>'
    return f"{_bar(rng.choice(_PEOPLE), rng)}<ul class='talk' aria-label='Messages'>{bubbles}</ul>{foot}"


def calculator(rng: random.Random) -> str:
    """A display and a block of keys."""
    keys = "".join(_button(key, "main" if key == "=" else "") for key in (*"C()/", *"789*", *"456-", *"123+", *"0.%="))
    value = f"{rng.uniform(0, 10 ** rng.randint(1, 6)):.{rng.randint(0, 3)}f}"
    return f'<main class="calc"><output aria-label="Result">{value}</output><div class="keys">{keys}</div></main>'


def keypad(rng: random.Random) -> str:
    """A lock screen: dots and ten digits."""
    keys = "".join(_button(key, "round") for key in "123456789") + "<span></span>" + _button("0", "round")
    dots = "&#9679; " * rng.randint(0, 3) + "&#9675; " * 3
    shown = f'<h1>Enter PIN</h1><p class="dots">{dots}</p>'
    return f'<main class="calc lock">{shown}<div class="keys three">{keys}</div></main>'


def mail(rng: random.Random) -> str:
    """A list of messages: sender, subject, time."""
    rows = ""
    for name in rng.sample(_PEOPLE, rng.randint(4, 8)):
        bold = "unread" if rng.random() < 0.4 else ""
        face = f'<span class="face" style="background:{_colour(rng)}" aria-hidden="true">{name[0]}</span>'
        time = f"<time>{rng.randint(1, 12)}:{rng.randint(10, 59)}</time>"
        rows += f'<li class="row {bold}">{face}<div><b>{name}</b><p>{_text(rng, 3, 6)}</p></div>{time}</li>'
    return f"{_bar('Inbox', rng)}<ul class='list'>{rows}</ul>{_button('Write', 'main float')}"


def player(rng: random.Random) -> str:
    """A cover, a title, a time bar, and keys to go back, play and go on."""
    cover = f"background:linear-gradient({rng.randint(0, 360)}deg,{_colour(rng)},{_colour(rng)})"
    keys = '<button aria-label="Previous">&#9198;</button><button class="main" aria-label="Play">&#9654;</button>'
    return (
        f'<main class="player"><div class="cover" style="{cover}" role="img" aria-label="Cover"></div>'
        f"<h1>{escape(lettering.words(rng, 2).title())}</h1><p>{rng.choice(_PEOPLE)}</p>"
        f'<input type="range" aria-label="Position" value="{rng.randint(5, 95)}">'
        f'<div class="answers">{keys}<button aria-label="Next">&#9197;</button></div></main>'
    )


def apps(rng: random.Random) -> str:
    """A phone's home screen."""
    tiles = "".join(
        f'<a href="#" class="app"><span style="background:{_colour(rng)}" aria-hidden="true">{name[0]}</span>{name}</a>'
        for name in rng.sample(_APPS, rng.choice((8, 12, 16, 20)))
    )
    return f'<div class="apps" style="background:linear-gradient({_colour(rng)},{_colour(rng)})">{tiles}</div>'


def shop(rng: random.Random) -> str:
    """Goods with a picture, a price and a button each."""
    tiles = "".join(
        f'<article class="card"><div class="thing" role="img" aria-label="{name}" style="background:{_colour(rng)}">'
        f"</div><h2>{name}</h2><p>{rng.randint(2, 90)}.{rng.choice(('00', '50', '99'))}</p>"
        f"{_button('Add to cart', 'main')}</article>"
        for name in rng.sample(_GOODS, rng.choice((2, 4, 6)))
    )
    return f"{_bar('Shop', rng)}<div class='tiles'>{tiles}</div>"


def article(rng: random.Random) -> str:
    """A heading and running text, in one of two with a picture."""
    shown = f'<div class="thing" role="img" aria-label="Photo" style="background:{_colour(rng)}"></div>'
    text = "".join(f"<p>{_text(rng, 14, 30)} {_text(rng, 10, 24)}</p>" for _ in range(rng.randint(3, 5)))
    head = f"<h1>{escape(lettering.words(rng, 5).capitalize())}</h1>"
    return f'<main class="read">{head}{shown if rng.random() < 0.5 else ""}{text}</main>'


def calendar(rng: random.Random) -> str:
    """A month in weeks."""
    days = "".join(f"<th>{day}</th>" for day in ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"))
    today = rng.randint(1, 28)
    cells = [f'<td class="{"today" if day == today else ""}">{day}</td>' for day in range(1, 31)]
    cells = ["<td></td>"] * rng.randint(0, 5) + cells
    weeks = "".join(f"<tr>{''.join(cells[start : start + 7])}</tr>" for start in range(0, len(cells), 7))
    month = rng.choice(("March", "April", "June", "September", "November")) + " 2026"
    return f"{_bar(month, rng)}<table class='month'><tr>{days}</tr>{weeks}</table>"


def files(rng: random.Random) -> str:
    """A table of files: name, size, date."""
    rows = ""
    for _ in range(rng.randint(5, 10)):
        mark, end = rng.choice((("&#128193;", ""), ("&#128196;", rng.choice((".txt", ".pdf", ".jpg", ".mp3")))))
        name = lettering.words(rng, 1) + end
        rows += (f"<tr><td><span aria-hidden='true'>{mark}</span> {name}</td><td>{rng.randint(1, 900)} kB</td>"
                 f"<td>{rng.randint(1, 28)} May</td></tr>")  # fmt: skip
    head = "<tr><th>Name</th><th>Size</th><th>Changed</th></tr>"
    return f"{_bar('Files', rng)}<table class='files'>{head}{rows}</table>"


# name of the screen: its builder, other names, whether it is mostly a phone's
PAGES: dict[str, tuple[Page, tuple[str, ...], float]] = {
    "login": (login, ("sign in", "log in"), 0.5),
    "sign-up": (signup, ("registration", "create account", "form"), 0.5),
    "error message": (error, ("error dialog", "alert", "warning"), 0.5),
    "question": (confirm, ("confirmation dialog", "confirmation", "dialog"), 0.5),
    "settings": (settings, ("preferences", "options"), 0.7),
    "search results": (results, ("search", "results"), 0.3),
    "chat": (chat, ("conversation", "messages"), 0.7),
    "calculator": (calculator, (), 0.6),
    "PIN entry": (keypad, ("lock screen", "keypad", "enter PIN"), 0.8),
    "inbox": (mail, ("mail", "messages", "email"), 0.6),
    "music player": (player, ("player", "media player"), 0.7),
    "home screen": (apps, ("apps", "app grid"), 0.8),
    "shop": (shop, ("products", "online shop"), 0.5),
    "article": (article, ("text", "news article", "web page"), 0.4),
    "calendar": (calendar, ("month", "date picker"), 0.6),
    "files": (files, ("file list", "file manager", "folder"), 0.3),
}
