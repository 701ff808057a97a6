"""What a repository of the hub holds at one commit: its files with size and hash, its licence, who may have it.

    with Net(endpoint_in_use(), token()) as net:
        snapshot = look_up(net, Reference.parse("owner/name@main"))

The hub's answers are read as a stranger's: a name that could lie outside the model's folder, a size or a hash that is
none, refuse the whole listing. Source: the hub's API, /api/models/OWNER/NAME/revision/REVISION?blobs=true.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from assistant.hub.addresses import host_of
from assistant.hub.net import Net, Refused
from kernels.errors import UserError

_SEGMENT = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9_])?")
_REVISION = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./-]{0,127}")
_HEX = {40: re.compile(r"[0-9a-f]{40}"), 64: re.compile(r"[0-9a-f]{64}")}
_MOST_FILES, _MOST_BYTES = 100_000, 1 << 42
_LICENCE_TEXT = re.compile(r"[^\x20-\x7e\xa0-\uffff]+")


@dataclass(frozen=True)
class Reference:
    """A repository and the branch, tag or commit that is meant."""

    repository: str
    revision: str = "main"

    @staticmethod
    def parse(text: str) -> "Reference":
        """From OWNER/NAME or OWNER/NAME@REVISION. Raises UserError where it is neither."""
        repository, given, revision = text.strip().partition("@")
        owner, _, name = repository.partition("/")
        good = all(_SEGMENT.fullmatch(part) and "--" not in part and ".." not in part for part in (owner, name))
        if not good:
            raise UserError(
                f"{text[:120]!r} is no name of a model on the hub.", "Give OWNER/NAME, or OWNER/NAME@REVISION."
            )
        if given and not (_REVISION.fullmatch(revision) and ".." not in revision and "//" not in revision):
            raise UserError(
                f"{revision[:120]!r} is no revision.", "Give a branch, a tag or a commit, such as OWNER/NAME@main."
            )
        return Reference(repository, revision or "main")

    def __str__(self) -> str:
        return self.repository if self.revision == "main" else f"{self.repository}@{self.revision}"


@dataclass(frozen=True)
class RemoteFile:
    """A file of a snapshot. Large ones carry their SHA-256, small ones git's SHA-1 of "blob", size and content."""

    path: str
    size: int
    sha256: str | None = None
    git_sha1: str | None = None


@dataclass(frozen=True)
class Snapshot:
    """A repository at one commit.

    Attributes:
        commit: 40 hex digits; what a branch or tag meant when it was asked.
        gated: whether its makers let only those have it who accepted their terms.
        licence: as the model card names it, "" where it names none.
    """

    reference: Reference
    commit: str
    files: Mapping[str, RemoteFile]
    gated: bool
    licence: str

    def place(self, path: str) -> str:
        """The path of a file's content below the endpoint."""
        return f"/{self.reference.repository}/resolve/{self.commit}/{quote(path)}"


def page(net: Net, reference: Reference) -> str:
    """The address of a repository's page, where its terms stand."""
    return f"{net.endpoint}/{reference.repository}"


def look_up(net: Net, reference: Reference) -> Snapshot:
    """Ask the hub what a repository holds.

    Raises:
        UserError: there is no such repository or revision, it is not open to this token, the hub cannot be reached, or
            its answer contradicts itself.
    """
    path = f"/api/models/{reference.repository}/revision/{quote(reference.revision, safe='')}?blobs=true"
    try:
        answer = net.get_json(path)
    except Refused as refusal:
        raise explain(refusal, net, reference) from None
    if not isinstance(answer, dict):
        raise _nonsense(net, "it is not an object")
    commit = answer.get("sha")
    if not _is_hex(commit, 40):
        raise _nonsense(net, "sha is no commit")
    if _is_hex(reference.revision, 40) and commit != reference.revision:
        raise _nonsense(net, f"it answers with commit {commit} where {reference.revision} was asked")
    siblings = answer.get("siblings")
    if not isinstance(siblings, list) or len(siblings) > _MOST_FILES:
        raise _nonsense(net, "siblings is no list of files")
    files: dict[str, RemoteFile] = {}
    for entry in siblings:
        file = _file(net, entry)
        files[file.path] = file
    return Snapshot(reference, str(commit), files, bool(answer.get("gated")), _licence(answer))


def explain(refusal: Refused, net: Net, reference: Reference) -> UserError:
    """What a refusal of the hub means and what to do."""
    name, host = reference.repository, host_of(net.endpoint)
    if refusal.place != host:  # where the hub keeps its content: it knows nothing of names and tokens
        return UserError(
            f"{refusal.place}, to which the hub sent the download, refused with status {refusal.status}.",
            "Pull again; what was fetched is kept.",
        )
    if refusal.code == "GatedRepo" or (refusal.status == 403 and not refusal.code):
        return UserError(
            f"The makers of {name} let only those have it who accepted their terms, and the hub does not know that "
            "you did.",
            f"Read and accept the terms at {page(net, reference)} while signed in, make a token there that may read, "
            "keep it with: antigone models login. Then pull again.",
        )
    if refusal.code == "RevisionNotFound":
        return UserError(
            f"{name} has no revision {reference.revision}.", f"Leave it out, or see {page(net, reference)}."
        )
    if refusal.code == "EntryNotFound":
        return UserError(f"A file of {name} is not on {host} any more.", "Pull again; the listing is asked anew.")
    if refusal.code == "DisabledRepo":
        return UserError(f"{name} was closed by the hub or its makers.", "Choose another model.")
    if refusal.code == "RepoNotFound" or refusal.status == 404:
        return UserError(
            f"There is no model {name} on {host}, or it is not open to you.",
            "Check the name. A private model needs a token: antigone models login.",
        )
    if refusal.status == 401:
        return UserError(
            f"{host} does not give {name} away: there is no such model, or the token is missing or not accepted.",
            "Check the name, or make a token that may read and keep it with: antigone models login.",
        )
    return UserError(
        f"{refusal.place} refused with status {refusal.status}{' ' + refusal.code if refusal.code else ''}.",
        "Try again later; what was fetched is kept.",
    )


def _file(net: Net, entry: object) -> RemoteFile:
    path = entry.get("rfilename") if isinstance(entry, dict) else None
    if not isinstance(entry, dict) or not isinstance(path, str):
        raise _nonsense(net, "a file has no name")
    if not _stays_inside(path):
        raise _nonsense(net, f"the file name {path[:80]!r} would lie outside the model's folder")
    lfs = entry.get("lfs")
    source = lfs if isinstance(lfs, dict) else entry
    size = source.get("size", entry.get("size"))
    if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size <= _MOST_BYTES:
        raise _nonsense(net, f"{path[:80]!r} has the size {str(size)[:40]}")
    sha256 = lfs.get("sha256", lfs.get("oid")) if isinstance(lfs, dict) else None
    blob = entry.get("blobId")
    if isinstance(lfs, dict):
        if not _is_hex(sha256, 64):
            raise _nonsense(net, f"{path[:80]!r} has no SHA-256")
        return RemoteFile(path, size, sha256=str(sha256))
    return RemoteFile(path, size, git_sha1=str(blob) if _is_hex(blob, 40) else None)


def _stays_inside(path: str) -> bool:
    return "\\" not in path and "\0" not in path and all(part not in ("", ".", "..") for part in path.split("/"))


def _licence(answer: Mapping[str, Any]) -> str:
    card = answer.get("cardData")
    if not isinstance(card, dict):
        return ""
    named = card.get("license")
    if named == "other" and isinstance(card.get("license_name"), str):
        named = card["license_name"]
    if isinstance(named, list):
        named = ", ".join(str(one) for one in named)
    return _LICENCE_TEXT.sub(" ", named)[:120].strip() if isinstance(named, str) else ""


def _is_hex(value: object, digits: int) -> bool:
    return isinstance(value, str) and _HEX[digits].fullmatch(value) is not None


def _nonsense(net: Net, what: str) -> UserError:
    return UserError(
        f"{host_of(net.endpoint)} did not answer as a hub does: {what}. Nothing was fetched.",
        "Check the hub's address (antigone settings, hub_address), or try again later.",
    )
