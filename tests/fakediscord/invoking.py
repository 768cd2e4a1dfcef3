"""The work of a person's client before it sends a command: find the command, check the options, write the data."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from . import payloads
from .commands import ATTACHMENT, BOOLEAN, CHANNEL, CHAT, GROUP, INTEGER, MENTIONABLE, NUMBER, ROLE, STRING, SUBCOMMAND
from .commands import USER as USER_OPTION
from .state import Attachment, Channel, Command, Json, Role, User, World, snowflake


class CannotInvokeError(AssertionError):
    """A use of a command or component that Discord's client does not offer."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that a person gives as an option."""

    filename: str
    data: bytes = field(repr=False)


Value: TypeAlias = "str | int | float | bool | User | Role | Channel | Upload"


def find_command(world: World, name: str, kind: int = CHAT) -> Command:
    """Return a registered command of the guild, or else a global one; raise CannotInvokeError without one."""
    known = [*world.commands.get(world.guild.id, []), *world.commands.get(None, [])]
    for command in known:
        if command.name == name and command.type == kind:
            return command
    listed = ", ".join(sorted(each.name for each in known if each.type == kind)) or "none"
    raise CannotInvokeError(f"no command {name!r} is registered; registered are: {listed}")


def check_visible(world: World, command: Command, user: User) -> None:
    """Raise CannotInvokeError for a command that Discord hides, because the member lacks its default permissions."""
    needed = command.definition.get("default_member_permissions")
    if needed is not None and int(needed) & ~world.permissions(user):
        raise CannotInvokeError(f"{user.name} does not see {command.name!r}: it needs the permissions {needed}")


class Invocation:
    """The `data` of one chat command. With `focused`, the `data` of an autocompletion: options may still be missing."""

    def __init__(self, world: World, text: str, given: Mapping[str, Value], focused: str | None = None) -> None:
        name, *path = text.split()
        self.command = find_command(world, name)
        self.focused: Json | None = None
        self._world = world
        self._resolved: dict[str, Json] = {}
        self._focus = focused
        options = self._descend(self.command.definition.get("options") or [], path, given)
        self.data: Json = {
            "id": self.command.id,
            "name": self.command.name,
            "type": CHAT,
            **({"guild_id": self.command.guild} if self.command.guild else {}),
            "options": options,
        }
        if self._resolved:
            self.data["resolved"] = self._resolved
        if focused and not self.focused:
            raise CannotInvokeError(f"/{text} has no option {focused!r} to complete")

    def _descend(self, options: list[Json], path: list[str], given: Mapping[str, Value]) -> list[Json]:
        if not path:
            if any(option["type"] in (SUBCOMMAND, GROUP) for option in options):
                raise CannotInvokeError(f"/{self.command.name} needs one of {_names(options)}")
            return self._values(options, given)
        for option in options:
            if option["name"] == path[0] and option["type"] in (SUBCOMMAND, GROUP):
                inner = self._descend(option.get("options") or [], path[1:], given)
                return [{"name": option["name"], "type": option["type"], "options": inner}]
        raise CannotInvokeError(f"/{self.command.name} has no sub-command {path[0]!r}")

    def _values(self, options: list[Json], given: Mapping[str, Value]) -> list[Json]:
        if unknown := given.keys() - {option["name"] for option in options}:
            raise CannotInvokeError(
                f"/{self.command.name} has no option {', '.join(sorted(unknown))}; it has {_names(options)}"
            )
        values = []
        for option in options:
            name = option["name"]
            focused = name == self._focus
            if name in given:
                value = given[name] if focused else self._value(option, given[name])
                entry = {"name": name, "type": option["type"], "value": value}
                if focused:
                    if not option.get("autocomplete"):
                        raise CannotInvokeError(f"option {name!r} of /{self.command.name} completes nothing")
                    self.focused = option
                    entry |= {"focused": True, "value": str(value)}
                values.append(entry)
            elif option.get("required") and self._focus is None:
                raise CannotInvokeError(f"/{self.command.name} needs option {name!r}")
        return values

    def _value(self, option: Json, given: Value) -> str | int | float | bool:
        """Return a value in the option's type; a number typed into a text option is text."""
        kind = option["type"]
        match given:
            case User() if kind in (USER_OPTION, MENTIONABLE):
                self._resolve("users", given.id, payloads.user(given))
                if membership := self._world.guild.members.get(given.id):
                    shown = payloads.member(membership) | {"permissions": str(self._world.permissions(given))}
                    del shown["user"]
                    self._resolve("members", given.id, shown)
                return given.id
            case Role() if kind in (ROLE, MENTIONABLE):
                return self._resolve("roles", given.id, payloads.role(given))
            case Channel() if kind == CHANNEL:
                return self._resolve("channels", given.id, payloads.channel(given, self._world) | {"permissions": "0"})
            case Upload() if kind == ATTACHMENT:
                file = Attachment(snowflake(), given.filename, given.data, snowflake())
                self._world.attachments[file.path] = file
                return self._resolve("attachments", file.id, payloads.attachment(file))
            case bool() if kind == BOOLEAN:
                return given
            case str() | int() if kind == STRING and not isinstance(given, bool):
                return self._choice(option, str(given), len(str(given)), "length")
            case int() if kind == INTEGER and not isinstance(given, bool):
                return self._choice(option, given, given, "value")
            case int() | float() if kind == NUMBER and not isinstance(given, bool):
                return self._choice(option, given, given, "value")
            case str() if kind in (INTEGER, NUMBER) and option.get("choices"):
                return self._choice(option, given, 0, "value")
        raise CannotInvokeError(f"option {option['name']!r} (type {kind}) takes no {given!r}")

    def _choice(self, option: Json, given: str | int | float, size: float, what: str) -> str | int | float:
        """Check a value against the option's limits, or return the choice with this value or name."""
        name = option["name"]
        if choices := option.get("choices"):
            for choice in choices:
                if given in (choice["value"], choice["name"]):
                    value: str | int | float = choice["value"]
                    return value
            raise CannotInvokeError(f"option {name!r} offers {_names(choices)}, not {given!r}")
        low, high = option.get(f"min_{what}"), option.get(f"max_{what}")
        if (low is not None and size < low) or (high is not None and size > high):
            raise CannotInvokeError(f"option {name!r} takes a {what} from {low} to {high}, not {size}")
        return given

    def _resolve(self, kind: str, key: str, shown: Json) -> str:
        self._resolved.setdefault(kind, {})[key] = shown
        return key


def _names(entries: Iterable[Json]) -> str:
    return ", ".join(str(entry["name"]) for entry in entries) or "none"
