"""The guild and its people, through which a test acts."""

import secrets
from collections.abc import Iterable, Mapping, Sequence

from . import payloads
from .backend import Backend, Form
from .commands import MESSAGE_MENU, USER_MENU
from .components import SELECTS, TEXT_INPUT
from .invoking import CannotInvokeError, Invocation, Value, check_visible, find_command
from .journal import PATIENCE
from .reply import Component, Modal, NotAnsweredError, Reply, check_usable
from .state import (
    Channel,
    Choice,
    Intent,
    Interaction,
    InteractionType,
    Json,
    Member,
    Message,
    Role,
    ScheduledEvent,
    User,
    snowflake,
    walk,
)


class Person:
    """A human with a Discord client: a member of the guild until removed."""

    def __init__(self, backend: Backend, user: User) -> None:
        self._backend = backend
        self._taken = 0
        self.user = user

    def __repr__(self) -> str:
        return f"<{self.name}>"

    @property
    def id(self) -> int:
        return int(self.user.id)

    @property
    def name(self) -> str:
        return self.user.name

    @property
    def mention(self) -> str:
        return f"<@{self.user.id}>"

    @property
    def dms(self) -> list[Message]:
        """Return the direct messages received from the bot, oldest first."""
        return [one for one in self._backend.world.dm_channel(self.user).messages if one.author is not self.user]

    @property
    def unread(self) -> list[Message]:
        """Return the direct messages that `dm` has not returned yet."""
        return self.dms[self._taken :]

    @property
    def dm_route(self) -> str:
        """Return the route of the bot's direct messages to this person, for faults of it alone."""
        return f"/channels/{self._backend.world.dm_channel(self.user).id}/messages"

    async def dm(self, within: float = PATIENCE) -> Message:
        """Wait for the next direct message that was not yet looked at."""

        try:
            message = await self._backend.changes.until(lambda: next(iter(self.unread), None), within)
        except TimeoutError:
            raise NotAnsweredError(f"{self.name} received no direct message within {within:g} s") from None
        self._taken += 1
        return message

    def close_dms(self) -> None:
        self.user.accepts_dms = False

    def speaks(self, locale: str) -> None:
        """Set the language of the person's client."""
        self.user.locale = locale

    def open_dms(self) -> None:
        self.user.accepts_dms = True

    def say(self, text: str, channel: Channel | None = None) -> Message:
        """Write into a channel of the guild, by default a direct message to the bot."""
        return self._backend.post(
            channel or self._backend.world.dm_channel(self.user), self.user, Form({"content": text})
        )

    def delete(self, message: Message) -> None:
        """Delete a message of any author, as moderators can."""
        self._backend.delete(message)

    async def slash(
        self,
        command: str,
        /,
        *,
        in_channel: Channel | None = None,
        within: float = PATIENCE,
        **options: "Value | Person",
    ) -> Reply:
        """Use a slash command ("forward", or "device add" for a sub-command) and wait for its final answer.

        Raise CannotInvokeError when Discord's client would not send it, NotAnsweredError without a final answer.
        """
        return await self.begin(command, in_channel=in_channel, **options).answered(within)

    def begin(self, command: str, /, *, in_channel: Channel | None = None, **options: "Value | Person") -> Reply:
        """Use a slash command without waiting for the answer."""
        invocation = Invocation(self._backend.world, command, _plain(options))
        check_visible(self._backend.world, invocation.command, self.user)
        words = " ".join([f"/{command}", *(f"{name}={value}" for name, value in options.items())])
        return self._interact(InteractionType.COMMAND, words, invocation.data, channel=in_channel)

    async def autocomplete(
        self, command: str, /, *, focused: str, within: float = PATIENCE, **options: "Value | Person"
    ) -> list[Choice]:
        """Return the suggestions for the option that is being typed."""
        invocation = Invocation(self._backend.world, command, {focused: "", **_plain(options)}, focused)
        label = f"completion of /{command} {focused}={options.get(focused, '')}"
        reply = self._interact(InteractionType.AUTOCOMPLETE, label, invocation.data, option=invocation.focused)
        await reply.answered(within)
        return reply.interaction.choices

    async def press(self, button: Component, *, within: float = PATIENCE) -> Reply:
        """Press a button and wait for the final answer."""
        return await self.begin_press(button).answered(within)

    def begin_press(self, button: Component) -> Reply:
        """Press a button without waiting for the answer."""
        return self._use(button, {})

    async def select(self, menu: Component, *values: str, within: float = PATIENCE) -> Reply:
        """Choose values of a select menu and wait for the final answer."""
        if menu.raw["type"] == 3:
            offered = {option["value"] for option in menu.raw["options"]}
            assert offered.issuperset(values), f"{menu.label!r} offers {offered}, not {values}"
        return await self._use(menu, {"values": list(values)}).answered(within)

    async def submit(
        self, modal: Modal, values: "Mapping[str, str | Sequence[str]]", *, within: float = PATIENCE
    ) -> Reply:
        """Fill in a modal's fields, by label, and wait for the final answer."""
        assert values.keys() <= modal.fields.keys(), f"{modal.title!r} has the fields {list(modal.fields)}"
        typed: dict[str, str | list[str]] = {}
        for label, field in modal.fields.items():
            if field["type"] in SELECTS:
                typed[field["custom_id"]] = _picked(label, field, values.get(label))
                continue
            text = values.get(label, field.get("value") or "")
            assert isinstance(text, str)
            least, most = field.get("min_length") or 0, field.get("max_length") or 4000
            assert text or not field.get("required", True), f"{label!r} must be filled in"
            assert not text or least <= len(text) <= most, f"{label!r} takes {least} to {most} characters"
            typed[field["custom_id"]] = text
        data = {"custom_id": modal.custom_id, "components": [_filled(part, typed) for part in modal.raw["components"]]}
        reply = self._interact(InteractionType.MODAL_SUBMIT, f"modal {modal.title!r}", data, message=modal.message)
        return await reply.answered(within)

    async def context_menu(self, name: str, target: "Person | Message", *, within: float = PATIENCE) -> Reply:
        """Use an entry of the context menu of a member or a message."""
        world = self._backend.world
        of_user = isinstance(target, Person)
        command = find_command(world, name, USER_MENU if of_user else MESSAGE_MENU)
        check_visible(world, command, self.user)
        if isinstance(target, Person):
            member = payloads.member(world.guild.members[target.user.id]) | {"permissions": "0"}
            key = target.user.id
            resolved: Json = {"users": {key: member.pop("user")}, "members": {key: member}}
        else:
            key = target.id
            resolved = {"messages": {key: payloads.message(target, world)}}
        data = {"id": command.id, "name": name, "type": command.type, "target_id": key, "resolved": resolved}
        data |= {"guild_id": command.guild} if command.guild else {}
        return await self._interact(InteractionType.COMMAND, f"menu entry {name!r}", data).answered(within)

    async def forge(
        self, kind: InteractionType, data: Json, *, message: Message | None = None, within: float = PATIENCE
    ) -> Reply:
        """Send an interaction that no client of Discord sends, and wait for the final answer."""
        channel = message.channel if message else None
        return await self._interact(kind, f"forged {data}", data, channel=channel, message=message).answered(within)

    def _use(self, component: Component, data: Json) -> Reply:
        check_usable(component)
        message = component.message
        if message.reader not in (None, self.user):
            raise CannotInvokeError(f"{self.name} does not see this message of {message.reader.name}'s")
        data = {"component_type": component.raw["type"], "custom_id": component.custom_id, "id": 1, **data}
        label = f"{component.label!r}"
        return self._interact(InteractionType.COMPONENT, label, data, message=message, channel=message.channel)

    def _interact(
        self,
        kind: InteractionType,
        label: str,
        data: Json,
        *,
        channel: Channel | None = None,
        message: Message | None = None,
        option: Json | None = None,
    ) -> Reply:
        world = self._backend.world
        channel = channel or next(each for each in world.channels.values() if not each.recipient)
        if channel.recipient is None and self.user.id not in world.guild.members:
            raise CannotInvokeError(f"{self.name} is not in the guild")
        now = self._backend.clock()
        token, expires = secrets.token_urlsafe(48), now + self._backend.token_lifetime
        interaction = Interaction(
            snowflake(), token, kind, label, self.user, channel, data, now, expires, message=message, option=option
        )
        self._backend.begin(interaction)
        return Reply(self._backend, interaction)


class GuildView:
    """The guild with its members, roles and channels. Every change is sent to the bot."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._state = backend.world.guild

    @property
    def id(self) -> int:
        return int(self._state.id)

    @property
    def name(self) -> str:
        return self._state.name

    def speaks(self, locale: str) -> None:
        self._state.locale = locale
        self._tell("GUILD_UPDATE", payloads.guild(self._backend.world), Intent.GUILDS)

    def add_member(self, name: str, roles: Iterable[str] = ()) -> Person:
        """Let a new person join, with roles; a role is made when none has its name."""
        user = User(snowflake(), name)
        self._backend.world.users[user.id] = user
        return self.rejoin(Person(self._backend, user), roles)

    def rejoin(self, person: Person, roles: Iterable[str] = ()) -> Person:
        member = Member(person.user, [self.role(each) for each in roles])
        self._state.members[person.user.id] = member
        self._tell("GUILD_MEMBER_ADD", payloads.member(member), Intent.MEMBERS)
        return person

    def remove_member(self, person: Person) -> None:
        del self._state.members[person.user.id]
        self._tell("GUILD_MEMBER_REMOVE", {"user": payloads.user(person.user)}, Intent.MEMBERS)

    def set_roles(self, person: Person, roles: Iterable[str]) -> None:
        member = self._state.members[person.user.id]
        member.roles = [self.role(each) for each in roles]
        self._tell("GUILD_MEMBER_UPDATE", payloads.member(member), Intent.MEMBERS)

    def give(self, person: Person, role: Role) -> None:
        """Give one role, for the case that another one has its name."""
        member = self._state.members[person.user.id]
        member.roles.append(role)
        self._tell("GUILD_MEMBER_UPDATE", payloads.member(member), Intent.MEMBERS)

    def ban(self, person: Person) -> None:
        self._tell("GUILD_BAN_ADD", {"user": payloads.user(person.user)}, Intent.MODERATION)
        self.remove_member(person)

    def rename_role(self, name: str, to: str) -> None:
        role = self.role(name)
        role.name = to
        self._tell("GUILD_ROLE_UPDATE", {"role": payloads.role(role)}, Intent.GUILDS)

    def delete_role(self, name: str) -> None:
        """Delete a role and take it from its members; Discord sends no event about each of them."""
        role = self.role(name)
        self._state.roles.remove(role)
        for member in self._state.members.values():
            member.roles = [one for one in member.roles if one is not role]
        self._tell("GUILD_ROLE_DELETE", {"role_id": role.id}, Intent.GUILDS)

    def outage(self) -> None:
        """Make the guild unavailable, as an outage of Discord does. Until `recover` no event about it is sent."""
        self._state.unavailable = True
        self._backend.gateway.dispatch("GUILD_DELETE", {"id": self._state.id, "unavailable": True}, Intent.GUILDS)

    def recover(self) -> None:
        """End an outage: each session is sent the guild as at its begin."""
        self._state.unavailable = False
        self._backend.gateway.dispatch_guild()

    def remove_bot(self) -> None:
        """Remove the bot from the guild, and its commands with it."""
        world = self._backend.world
        del self._state.members[world.bot.id]
        world.commands.pop(self._state.id, None)
        self._backend.gateway.dispatch("GUILD_DELETE", {"id": self._state.id}, Intent.GUILDS)

    def invite_bot(self) -> None:
        world = self._backend.world
        self._state.members[world.bot.id] = Member(world.bot)
        self._backend.gateway.dispatch_guild(is_new=True)

    @property
    def events(self) -> list[ScheduledEvent]:
        """Return the scheduled events, the oldest first."""
        return list(self._backend.world.events.values())

    def delete_event(self, event: ScheduledEvent) -> None:
        """Delete an event, as moderators can."""
        del self._backend.world.events[event.id]
        shown = payloads.scheduled_event(event, self._state.id)
        self._tell("GUILD_SCHEDULED_EVENT_DELETE", shown, Intent.GUILD_SCHEDULED_EVENTS)

    def promote_bot(self, permissions: int, *, position: int) -> None:
        """Give the bot a role of its own; roles with a greater position are above it."""
        role = self.role("guildgate", permissions)
        role.permissions, role.position = permissions, position
        self._tell("GUILD_ROLE_UPDATE", {"role": payloads.role(role)}, Intent.GUILDS)
        bot = self._state.members[self._backend.world.bot.id]
        bot.roles = [role]
        self._tell(
            "GUILD_MEMBER_UPDATE", payloads.member(bot), Intent.GUILDS
        )  # the bot gets its own changes without the members intent

    def role(self, name: str, permissions: int = 0) -> Role:
        """Return the role with this name; make it when there is none."""
        for role in self._state.roles:
            if role.name == name:
                return role
        return self.make_role(name, permissions)

    def make_role(self, name: str, permissions: int = 0, *, bot: str | None = None) -> Role:
        """Make a role, also when another one has its name. `bot`: the id of a bot that comes with this role."""
        role = Role(snowflake(), name, permissions, position=len(self._state.roles) + 1, bot=bot)
        self._state.roles.append(role)
        self._tell("GUILD_ROLE_CREATE", {"role": payloads.role(role)}, Intent.GUILDS)
        return role

    def channel(self, name: str) -> Channel:
        """Return the text channel with this name; make it when there is none."""
        world = self._backend.world
        for channel in world.channels.values():
            if channel.name == name:
                return channel
        return self.make_channel(name)

    def make_channel(self, name: str) -> Channel:
        """Make a text channel, also when another one has its name."""
        channel = Channel(snowflake(), name)
        self._backend.world.channels[channel.id] = channel
        self._tell("CHANNEL_CREATE", payloads.channel(channel, self._backend.world), Intent.GUILDS)
        return channel

    def rename_channel(self, channel: Channel, to: str) -> None:
        channel.name = to
        self._tell("CHANNEL_UPDATE", payloads.channel(channel, self._backend.world), Intent.GUILDS)

    def delete_channel(self, channel: Channel) -> None:
        del self._backend.world.channels[channel.id]
        self._backend.world.deleted.add(channel.id)
        self._tell("CHANNEL_DELETE", payloads.channel(channel, self._backend.world), Intent.GUILDS)

    def deny_bot(self, channel: Channel, permissions: int) -> None:
        """Take permissions from the bot in one channel."""
        channel.denied_to_bot = permissions
        self._tell("CHANNEL_UPDATE", payloads.channel(channel, self._backend.world), Intent.GUILDS)

    def _tell(self, event: str, data: Json, intent: Intent) -> None:
        if self._state.unavailable or not self._backend.world.has_bot:
            return
        self._backend.gateway.dispatch(event, {"guild_id": self._state.id, **data}, intent)


def _plain(options: Mapping[str, "Value | Person"]) -> dict[str, Value]:
    return {name: value.user if isinstance(value, Person) else value for name, value in options.items()}


def _picked(label: str, menu: Json, wanted: "str | Sequence[str] | None") -> list[str]:
    """Return what a client submits for a menu: the wanted values, or those that were set before."""
    before = [option["value"] for option in menu.get("options") or [] if option.get("default")]
    before += [each["id"] for each in menu.get("default_values") or []]
    picked = before if wanted is None else [wanted] if isinstance(wanted, str) else list(wanted)
    least, most = menu.get("min_values", 1), menu.get("max_values", 1)
    assert not menu.get("options") or {each["value"] for each in menu["options"]}.issuperset(picked)
    assert picked or not menu.get("required", True), f"{label!r} must be chosen"
    assert not picked or least <= len(picked) <= most, f"{label!r} takes {least} to {most}"
    return picked


def _filled(part: Json, typed: Mapping[str, str | list[str]]) -> Json:
    """Return a row or label of a modal with the typed texts, as a client submits it."""

    def field(item: Json) -> Json:
        if item["type"] in SELECTS:
            return {"type": item["type"], "custom_id": item["custom_id"], "values": typed[item["custom_id"]], "id": 1}
        assert item["type"] == TEXT_INPUT, "only text inputs and menus can be filled in so far"
        return {"type": TEXT_INPUT, "custom_id": item["custom_id"], "value": typed[item["custom_id"]], "id": 1}

    if "component" in part:
        return {"type": part["type"], "id": 1, "component": field(part["component"])}
    return {"type": part["type"], "id": 1, "components": [field(item) for item in walk(part["components"])]}
