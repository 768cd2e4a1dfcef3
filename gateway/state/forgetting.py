"""Forgetting a member: what the stored texts say once an alias stands for the member. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from gateway.model import Key

NO_DEVICE, NO_KEY = "device", str(Key(bytes(32)))


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of an audit entry. `detail` is a JSON value."""

    actor: str
    actor_name: str
    subject: str
    detail: Any


@dataclass(frozen=True, slots=True)
class Person:
    """The member to forget: the id, the names that were in use, and the alias, from which no way leads back."""

    id: str
    alias: str
    names: frozenset[str] = frozenset()

    def named_in(self, found: Iterable[Texts]) -> Person:
        """Return the person with the names in these entries as well."""
        names = set(self.names)
        for texts in found:
            if texts.actor == self.id:
                names.add(texts.actor_name)
            names.update(str(each.get("owner_name", "")) for each in self._owned(texts.detail))
        return replace(self, names=frozenset(names - {""}))

    def forgotten(self, texts: Texts) -> Texts:
        """Return the entry with the alias for the person, and without the names and keys of the person's devices."""
        is_actor = texts.actor == self.id
        # The longest first, because a name may be the beginning of another. A name may hold a comma.
        devices = sorted({str(each.get("device", "")) for each in self._owned(texts.detail)}, key=len, reverse=True)
        any_device = "|".join([*map(re.escape, devices), "[^,]*"])
        subject = re.sub(
            rf"(?:^|(?<=, )){re.escape(self.id)}/(?:{any_device})", f"{self.alias}/{NO_DEVICE}", texts.subject
        )
        return Texts(
            actor=self.alias if is_actor else texts.actor,
            actor_name=self.alias if is_actor else texts.actor_name,
            subject=self.alias if subject == self.id else subject,
            detail=self._without(texts.detail),
        )

    def _owned(self, value: Any) -> Iterator[dict[str, Any]]:
        """Yield the devices and forwards of the person in a JSON value."""
        if isinstance(value, dict):
            if value.get("owner") == self.id:
                yield value
            for each in value.values():
                yield from self._owned(each)
        elif isinstance(value, list):
            for each in value:
                yield from self._owned(each)

    def _without(self, value: Any) -> Any:
        if isinstance(value, dict):
            if value.get("owner") == self.id:
                empty = {"owner": self.alias, "owner_name": self.alias, "device": NO_DEVICE, "label": ""}
                empty["public_key"] = NO_KEY
                value = value | {name: text for name, text in empty.items() if name in value}
            return {
                name: "" if name == "reason" and self._is_named_in(str(each)) else self._without(each)
                for name, each in value.items()
            }
        return list(map(self._without, value)) if isinstance(value, list) else value

    def _is_named_in(self, text: str) -> bool:
        """Report whether free text names the person."""
        words = (re.escape(word) for word in (self.id, *self.names))
        return re.search(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)", text, re.IGNORECASE) is not None
