"""Discord's own specification as a judge of what passes the fake: requests, answers and events.

`openapi.json.gz` is the part of specs/openapi.json (github.com/discord/discord-api-spec, MIT, see LICENSE) that the
fake's routes need; `trim.py` cuts it out. Where the document is stricter than Discord's documentation, the
documentation is right; `_KNOWN` lists those places.
"""

import gzip
import json
import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

import jsonschema_rs

from ..state import Json

_WHOLE = "urn:discord"
_KNOWN = re.compile(
    r"\"(primary_guild|banner|locale|mfa_enabled)\" is a required property"  # optional: user and member objects
    r"|(user|author|owner|recipients\[\d+]|users\.\d+|mentions\[\d+]): \"flags\" is a required"  # optional: user object
    r"|-> 429: \"code\" is a required"  # `code?`: rate limits
    r"|^[A-Z]+ /\S* \S*(id|users\[\d+]|roles\[\d+]): \d+ is not of type"  # a snowflake may be a number in a request
    r"|\.errors\b.*_errors"  # codes of form errors are words, not integers
    r"|(GET /oauth2/applications/@me|GET /applications/@me) -> 200: \".*\" is a required"
    r"|(GUILD_CREATE|GET /guilds/\{guild_id} -> 200): \"(home_header|max_\w+|widget_\w+|region|incidents_data)\" is a"
)
# What these events add to a component of the specification, by the documentation of gateway events.
_GUILD_EXTRAS = {
    "joined_at", "large", "unavailable", "member_count", "members", "channels", "threads", "presences",
    "voice_states", "stage_instances", "guild_scheduled_events", "soundboard_sounds",
}  # fmt: skip
_INTERACTION = [
    "id",
    "application_id",
    "type",
    "token",
    "version",
    "app_permissions",
    "entitlements",
    "authorizing_integration_owners",
    "attachment_size_limit",
]
_READY = ("v", "user", "guilds", "session_id", "resume_gateway_url", "application")
_RESOLVED = {
    "users": "UserResponse",
    "roles": "GuildRoleResponse",
    "messages": "MessageResponse",
    "attachments": "MessageAttachmentResponse",
}


class Specification:
    """The specification. It yields differences as sentences, and is made once for a process."""

    def __init__(self) -> None:
        packed = (files(__package__) / "openapi.json.gz").read_bytes()
        self._document: Json = json.loads(gzip.decompress(packed))
        self._registry = jsonschema_rs.Registry([(_WHOLE, self._document)])
        self._validators: dict[str, jsonschema_rs.Validator] = {}
        self._routes = [
            (re.compile(re.sub(r"\{\w+}", "[^/]+", path)), path, item)
            # fewest parameters first: @me before {user_id}, @original before {message_id}
            for path, item in sorted(self._document["paths"].items(), key=lambda one: one[0].count("{"))
        ]

    def exchange(
        self, method: str, path: str, query: Json, request: object, status: int, answer: object, headers: set[str]
    ) -> Iterator[str]:
        """Yield what is wrong with an HTTP request and its answer. A body that is absent is None."""
        found = next(((name, item) for pattern, name, item in self._routes if pattern.fullmatch(path)), None)
        if found is None or method.lower() not in found[1]:
            if status != 404:
                yield f"{method} {path}: the specification has no such route"
            return
        route, item = found
        operation = item[method.lower()]
        if status < 400:  # the fake refused everything else
            known = {one["name"] for one in [*item.get("parameters", []), *operation.get("parameters", [])]}
            for name in query.keys() - known:
                yield f"{method} {route}: the query {name} is not in the specification"
            if body := operation.get("requestBody"):
                yield from self._named(f"{method} {route}", body["content"]["application/json"]["schema"], request)
            elif request:
                yield f"{method} {route}: the specification has no body here"
        where = f"{method} {route} -> {status}"
        response = operation["responses"].get(str(status)) or operation["responses"].get(f"{status // 100}XX")
        if response is None:
            if status < 500:
                yield f"{where}: no such status"
            return
        response = self._resolve(response)
        if content := response.get("content", {}).get("application/json"):
            yield from self._named(where, content["schema"], answer)
        elif answer is not None:
            yield f"{where}: no body belongs here"
        for name in response.get("headers", {}).keys() - headers:
            yield f"{where}: the header {name} is missing"

    def misshapen(self, method: str, path: str, body: object) -> list[str]:
        """Return what is missing in a request's body or has a wrong type, each as a sentence."""
        found: Json = next((item for pattern, _, item in self._routes if pattern.fullmatch(path)), {})
        described = found.get(method.lower(), {}).get("requestBody")
        if described is None:
            return []
        schema = described["content"]["application/json"]["schema"]
        return list(self._named(f"{method} {path}", schema, body, kinds=("type", "required")))

    def event(self, name: str, data: Json) -> Iterator[str]:
        """Yield what is wrong with a DISPATCH of the gateway, as far as the specification has components for it."""
        for where, component, value, optional in _parts(name, data):
            for difference in self._named(f"{name} {where}".strip(), component, value):
                if not any(difference.endswith(f'{where}: "{key}" is a required property') for key in optional):
                    yield difference
        required = {"INTERACTION_CREATE": _INTERACTION, "READY": _READY}.get(name, ())
        for key in (key for key in required if key not in data):
            yield f"{name}: {key} is missing"

    def _named(
        self, where: str, schema: Json | str, value: object, *, kinds: tuple[str, ...] | None = None
    ) -> Iterator[str]:
        """Yield differences as sentences. `kinds`: only these kinds of them."""
        for at, problem, kind in self._differences(schema, value):
            said = f"{where} {at}".strip() + f": {problem}"
            if not _KNOWN.search(said) and (kinds is None or kind in kinds):
                yield said

    def _differences(self, schema: Json | str, value: object) -> Iterator[tuple[str, str, str]]:
        if isinstance(schema, str):
            schema = {"$ref": f"{_WHOLE}#/components/schemas/{schema}"}
        key = json.dumps(schema, sort_keys=True)
        if key not in self._validators:
            self._validators[key] = jsonschema_rs.Draft202012Validator(
                schema, registry=self._registry, formats={"date-time": _is_time}, validate_formats=True
            )
        validator = self._validators[key]
        if not validator.is_valid(value):
            for error in validator.iter_errors(value):
                yield from _told(error)

    def _resolve(self, node: Json) -> Json:
        while "$ref" in node:
            *_, section, name = node["$ref"].split("/")
            node = self._document["components"][section][name]
        return node


@cache
def specification() -> Specification:
    """Return the specification, which takes 20 ms to read."""
    return Specification()


def _told(error: Any) -> Iterator[tuple[str, str, str]]:
    """Yield place, problem and its kind. Of several allowed shapes, the one that was meant has the fewest problems."""
    branches = getattr(error.kind, "context", None)
    if branches and len(branches) > 1:
        for one in min(branches, key=lambda errors: (_is_other(errors, error), len(errors))):
            yield from _told(one)
        return
    at = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.instance_path)
    said = error.message if len(error.message) < 160 else f"{error.message[:60]} ... {error.message[-80:]}"
    yield at, said, error.kind.name


def _is_other(errors: list[Any], whole: Any) -> bool:
    """Report whether these errors say that another shape was meant: it has another type, or another `type` member."""
    depth = len(whole.instance_path)
    return any(
        (error.kind.name == "type" and len(error.instance_path) == depth)
        or (error.kind.name in ("const", "enum") and error.instance_path[depth:] == ["type"])
        for error in errors
    )


def _parts(name: str, data: Json) -> Iterator[tuple[str, str, object, set[str]]]:
    """Yield (place, component, value, members that may be left out there)."""
    match name:
        case "MESSAGE_CREATE" | "MESSAGE_UPDATE":
            yield "", "MessageResponse", _less(data, "guild_id", "member", "channel_type"), set()
            if "member" in data:
                yield ".member", "GuildMemberResponse", data["member"], {"user"}
        case "GUILD_MEMBER_ADD" | "GUILD_MEMBER_UPDATE":
            yield "", "GuildMemberResponse", _less(data, "guild_id"), set()
        case "GUILD_MEMBER_REMOVE":
            yield ".user", "UserResponse", data["user"], set()
        case "GUILD_SCHEDULED_EVENT_CREATE" | "GUILD_SCHEDULED_EVENT_UPDATE" | "GUILD_SCHEDULED_EVENT_DELETE":
            yield "", "ExternalScheduledEventResponse", data, set()
        case "CHANNEL_CREATE" | "CHANNEL_UPDATE" | "CHANNEL_DELETE":
            yield "", "PrivateChannelResponse" if data["type"] == 1 else "GuildChannelResponse", data, set()
        case "GUILD_ROLE_CREATE" | "GUILD_ROLE_UPDATE":
            yield ".role", "GuildRoleResponse", data["role"], set()
        case "GUILD_CREATE" if not data.get("unavailable"):
            yield "", "GuildWithCountsResponse", _less(data, *_GUILD_EXTRAS), set()
            for one in data["channels"]:
                yield ".channels", "GuildChannelResponse", one, {"guild_id"}
        case "READY":
            yield ".user", "UserResponse", _less(data["user"], "verified", "mfa_enabled", "email"), set()
        case "INTERACTION_CREATE":
            if "member" in data:
                yield ".member", "GuildMemberResponse", _less(data["member"], "permissions"), set()
            else:
                yield ".user", "UserResponse", data["user"], set()
            if "message" in data:
                yield ".message", "MessageResponse", data["message"], set()
            resolved = data["data"].get("resolved", {})
            for section, component in _RESOLVED.items():
                for value in resolved.get(section, {}).values():
                    yield f".data.resolved.{section}", component, value, set()
            for value in resolved.get("members", {}).values():
                less = {"user", "deaf", "mute"}
                yield ".data.resolved.members", "GuildMemberResponse", _less(value, "permissions"), less
    members = data.get("members", []) if name in ("GUILD_CREATE", "GUILD_MEMBERS_CHUNK") else []
    for one in members:
        yield ".members", "GuildMemberResponse", one, set()


def _less(data: Json, *names: str) -> Json:
    return {key: value for key, value in data.items() if key not in names}


def _is_time(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
