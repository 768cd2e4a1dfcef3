"""The ruleset of the whole host, everybody's tables."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def read_ruleset() -> Mapping[str, Any] | str:
    """Every table in libnftables' JSON; terse, so that huge sets of others cost nothing.

    Not to be asked without CAP_NET_ADMIN: libnftables then writes to stderr by itself.
    """
    try:
        from nftables import Nftables

        nft = Nftables()
    except (ImportError, OSError) as error:
        return f"libnftables cannot be loaded ({error})"
    nft.set_json_output(True)
    nft.set_terse_output(True)
    code, output, error_text = nft.cmd("list ruleset")
    if code:
        return next(iter(str(error_text).strip().splitlines()), f"error {code}")
    document: Mapping[str, Any] = json.loads(output) if output else {"nftables": []}
    return document
