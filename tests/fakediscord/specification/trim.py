"""`python -m tests.fakediscord.specification.trim openapi.json`: cuts out what the fake's routes need.

Prose is left out. `oneOf` becomes `anyOf`, because in this document both mean "any of these".
"""

import gzip
import json
import re
import sys
from pathlib import Path
from typing import Any
from unittest.mock import Mock

from ..backend import API
from ..rest import make_app

_EVENTS = (
    *("GuildWithCountsResponse", "GuildMemberResponse", "GuildRoleResponse", "GuildChannelResponse", "UserResponse"),
    *("PrivateChannelResponse", "MessageResponse", "MessageAttachmentResponse"),
)
_PROSE = {"description", "summary", "title", "operationId", "tags", "security", "x-discord-union", "examples"}


def trim(document: dict[str, Any]) -> dict[str, Any]:
    served = (resource.canonical for resource in make_app(Mock()).router.resources())
    wanted = {re.sub(r"\{\w+}", "{}", path.removeprefix(API)) for path in served}
    found = {path: item for path, item in document["paths"].items() if re.sub(r"\{\w+}", "{}", path) in wanted}
    kept: dict[str, Any] = {"paths": found, "components": {}}
    todo = _refs(found) | {f"#/components/schemas/{name}" for name in _EVENTS}
    done: set[str] = set()
    while todo - done:
        for ref in todo - done:
            _, _, section, name = ref.split("/")
            kept["components"].setdefault(section, {})[name] = document["components"][section][name]
            todo = todo | _refs(document["components"][section][name])
            done.add(ref)
    text = json.dumps(_plain(kept), separators=(",", ":"), sort_keys=True)
    loaded: dict[str, Any] = json.loads(text.replace('"#/components/', '"urn:discord#/components/'))
    return loaded


def _refs(node: object) -> set[str]:
    return set(re.findall(r'"\$ref": "([^"]+)"', json.dumps(node)))


def _plain(node: Any, *, is_schema_map: bool = False) -> Any:
    if isinstance(node, list):
        return [_plain(one) for one in node]
    if not isinstance(node, dict):
        return node
    names = {"oneOf": "anyOf"} if not is_schema_map else {}
    return {
        names.get(key, key): _plain(value, is_schema_map=not is_schema_map and key in ("properties", "schemas"))
        for key, value in node.items()
        if is_schema_map or key not in _PROSE
    }


if __name__ == "__main__":
    text = json.dumps(trim(json.loads(Path(sys.argv[1]).read_text())), separators=(",", ":"), sort_keys=True)
    packed = gzip.compress(text.encode(), 9, mtime=0)
    (Path(__file__).parent / "openapi.json.gz").write_bytes(packed)
