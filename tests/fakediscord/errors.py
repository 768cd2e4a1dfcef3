"""Discord's refusals: JSON error codes, and the tree of problems of an invalid form."""

from collections.abc import Sequence
from dataclasses import dataclass

from .state import Json

# HTTP status and message by code: https://discord.com/developers/docs/topics/opcodes-and-status-codes#json
_CODES = {
    0: (401, "401: Unauthorized"),
    10003: (404, "Unknown Channel"),
    10004: (404, "Unknown Guild"),
    10007: (404, "Unknown Member"),
    10008: (404, "Unknown Message"),
    10011: (404, "Unknown Role"),
    10013: (404, "Unknown User"),
    10015: (404, "Unknown Webhook"),
    10062: (404, "Unknown interaction"),
    10063: (404, "Unknown application command"),
    10070: (404, "Unknown Guild Scheduled Event"),
    20001: (403, "Bots cannot use this endpoint"),
    30034: (400, "Max number of daily application command creates has been reached (200)"),
    30038: (400, "Maximum number of uncompleted guild scheduled events reached (100)"),
    30046: (429, "Maximum number of edits to messages older than 1 hour reached. Try again later"),
    40003: (403, "You are opening direct messages too fast"),
    40005: (413, "Request entity too large"),
    40060: (400, "Interaction has already been acknowledged."),
    50001: (403, "Missing Access"),
    50005: (403, "Cannot edit a message authored by another user"),
    50006: (400, "Cannot send an empty message"),
    50007: (403, "Cannot send messages to this user"),
    50013: (403, "Missing Permissions"),
    50028: (400, "Invalid Role"),
    50027: (401, "Invalid Webhook Token"),
    50033: (400, "Invalid Recipient(s)"),
    50035: (400, "Invalid Form Body"),
    50109: (400, "The request body contains invalid JSON."),
    180000: (400, "Cannot update a finished event"),
    50278: (403, "Cannot send messages to this user due to having no mutual guilds"),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One wrong place in a form, such as ("embeds", 0, "title")."""

    path: tuple[str | int, ...]
    code: str
    message: str

    def __str__(self) -> str:
        return f"{'.'.join(map(str, self.path)) or 'form'}: {self.message}"


class RefusedError(Exception):
    """Discord refuses a request.

    `why` is a sentence for the reader of a failed test. `fault` False: a correct bot may make this request too, such as
    a direct message to a person with closed DMs. `retry_after` is in seconds, with a 429.
    """

    def __init__(
        self,
        code: int,
        why: str,
        *,
        problems: Sequence[Problem] = (),
        fault: bool = True,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(why)
        self.code = code
        self.status, self.message = _CODES[code]
        self.why = why
        self.problems = problems
        self.fault = fault
        self.retry_after = retry_after

    def body(self) -> Json:
        body: Json = {"message": self.message, "code": self.code}
        if self.retry_after is not None:
            body |= {"retry_after": self.retry_after, "global": False}
        if self.problems:
            body["errors"] = _tree(self.problems)
        return body


def refuse_form(problems: Sequence[Problem]) -> None:
    """Raise the refusal of an invalid form when there are problems."""
    if problems:
        raise RefusedError(50035, "; ".join(map(str, problems)), problems=problems)


def _tree(problems: Sequence[Problem]) -> Json:
    root: Json = {}
    for problem in problems:
        node = root
        for key in problem.path:
            node = node.setdefault(str(key), {})
        node.setdefault("_errors", []).append({"code": problem.code, "message": problem.message})
    return root
