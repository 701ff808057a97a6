"""Tools that leave this machine: search the web, read a page. Off until turned on; each call asks first."""

from assistant.mcp.schemas import clean
from assistant.permissions import Tier
from assistant.tools.base import ToolContext, ToolResult, tool
from assistant.web.fetch import host_of
from assistant.web.provider import Hit, provider_of
from kernels.errors import UserError

SAID_HITS = 2
SAID = 500  # characters of a page before "more"


def _search_effect(context: ToolContext, query: str) -> str:
    if not query.strip():
        raise UserError("There is nothing to search for.", "Say what to look for.")
    where = host_of(context.settings.search_address)
    if not where:
        remedy = "Set search_address to a SearXNG server, for example http://127.0.0.1:8888."
        raise UserError("No search server is set, so nothing can be searched for.", remedy)
    return f'Send the words "{query}" to the search server {where}'


def _fetch_effect(context: ToolContext, address: str) -> str:
    return f"Fetch the page {_address(address)} from the network"


@tool(
    tier=Tier.OUTSIDE,
    time_limit_s=30,
    effect=_search_effect,
    examples=("search the web for bus times", "look up the opening hours of the library online"),
)
def web_search(context: ToolContext, query: str) -> ToolResult:
    """Search the web for words and say what the first results are and where they are from.

    Args:
        query: the words to search for, such as "train times to Leeds".
    """
    query = query.strip()
    if not query:
        return ToolResult("What should I search for?", {"needs": "query"}, found=False)
    where = host_of(context.settings.search_address)
    context.store.record("outside", {"tool": "web_search", "host": where}, context.now())
    hits = provider_of(context.settings).search(query)
    if not hits:
        return ToolResult(f"The search for {query} found nothing.", {"hits": []}, found=False)
    said = [_said(hit) for hit in hits]
    rows = [{"title": hit.title, "snippet": hit.snippet, "url": hit.url} for hit in hits]
    return ToolResult("\n".join(said[:SAID_HITS]), {"hits": rows, "query": query}, "\n".join(said[SAID_HITS:]))


@tool(
    tier=Tier.OUTSIDE,
    time_limit_s=60,
    effect=_fetch_effect,
    examples=("read the page example.org", "open the website of the library"),
)
def fetch_page(context: ToolContext, address: str) -> ToolResult:
    """Fetch a page of the web and read its text aloud.

    Args:
        address: of the page, such as "example.org/news".
    """
    if not address.strip():
        return ToolResult("Which page should I fetch?", {"needs": "address"}, found=False)
    url = _address(address)
    context.store.record("outside", {"tool": "fetch_page", "host": host_of(url)}, context.now())
    page = provider_of(context.settings).page(url)
    text = "\n".join(clean(line, 5_000) for line in page.text.splitlines())
    where = host_of(page.url)
    said, _, rest = text[:SAID].rpartition(" ") if len(text) > SAID else (text, "", "")
    more = f"{rest}{text[SAID:]}" if rest or len(text) > SAID else ""
    title = f"{clean(page.title, 150)}. " if page.title else ""
    ending = "\nThere is more; say more." if more else ""
    return ToolResult(
        f"From {where}: {title}{said}{ending}", {"url": page.url, "title": page.title, "text": text}, more
    )


def _address(spoken: str) -> str:
    """An address as it is typed or heard: "example dot org slash news"."""
    words = spoken.strip().strip("\"'.,!?")
    for said, sign in ((" dot ", "."), (" slash ", "/"), (" point ", ".")):
        words = words.replace(said, sign)
    words = "".join(words.split())
    return words if "://" in words else f"https://{words}"


def _said(hit: Hit) -> str:
    text = ". ".join(part.rstrip(".") for part in (clean(hit.title, 150), clean(hit.snippet, 300)) if part)
    return f"From {host_of(hit.url)}: {text}."
