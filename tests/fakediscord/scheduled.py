"""The guild's scheduled events, external ones only.

https://docs.discord.com/developers/resources/guild-scheduled-event
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from aiohttp import web

from . import payloads
from .backend import Backend, read_form
from .errors import RefusedError, refuse_form
from .limits import Checks
from .state import EventStatus, Intent, Json, Permission, ScheduledEvent, now, snowflake

MAX_EVENTS = 100  # that are not over
MAX_AHEAD = timedelta(days=5 * 366)
EXTERNAL, GUILD_ONLY = 3, 2
_NEXT = {
    EventStatus.SCHEDULED: (EventStatus.ACTIVE, EventStatus.CANCELED),
    EventStatus.ACTIVE: (EventStatus.COMPLETED,),
}


class ScheduledRoutes:
    def __init__(self, backend: Backend) -> None:
        self._backend, self._world = backend, backend.world

    def table(self) -> list[tuple[str, str, Callable[[web.Request], Awaitable[object]]]]:
        events = "/guilds/{guild}/scheduled-events"
        return [
            ("GET", events, self.current),
            ("POST", events, self.create),
            ("GET", events + "/{event}", self.show),
            ("PATCH", events + "/{event}", self.modify),
            ("DELETE", events + "/{event}", self.delete),
        ]

    async def current(self, request: web.Request) -> list[Json]:
        self._guild(request)
        return [payloads.scheduled_event(each, self._world.guild.id) for each in self._current()]

    async def show(self, request: web.Request) -> Json:
        return payloads.scheduled_event(self._event(request), self._world.guild.id)

    async def create(self, request: web.Request) -> Json:
        self._guild(request)
        self._need(Permission.CREATE_EVENTS)
        form = (await read_form(request)).json
        checks = Checks()
        checks.choice(form.get("entity_type"), (EXTERNAL,), ("entity_type",))
        checks.choice(form.get("privacy_level"), (GUILD_ONLY,), ("privacy_level",))
        checks.text(form, "name", (), 100, required=True)
        start, end = self._check(checks, form)
        if start is None or end is None:
            checks.add(("scheduled_end_time",), "BASE_TYPE_REQUIRED", "This field is required")
        refuse_form(checks.problems)
        assert start
        assert end
        if len(self._current()) >= MAX_EVENTS:
            raise RefusedError(30038, "the guild has too many events", fault=False)
        event = ScheduledEvent(
            snowflake(),
            name=form["name"],
            description=form.get("description"),
            location=form["entity_metadata"]["location"],
            start=start,
            end=end,
            creator=self._world.bot,
        )
        self._world.events[event.id] = event
        self._tell("CREATE", event)
        return payloads.scheduled_event(event, self._world.guild.id)

    async def modify(self, request: web.Request) -> Json:
        event = self._event(request)
        self._need_for(event)
        form = (await read_form(request)).json
        if event.status not in _NEXT:
            raise RefusedError(180000, f"{event.name!r} is over", fault=False)
        checks = Checks()
        if "name" in form:
            checks.text(form, "name", (), 100, required=True)
        status = EventStatus(form.get("status") or event.status)
        if status is not event.status:
            checks.choice(status, _NEXT[event.status], ("status",))
        start, end = self._check(checks, form, event)
        refuse_form(checks.problems)
        event.status, event.name = status, form.get("name", event.name)
        event.start, event.end = start or event.start, end or event.end
        event.description = form.get("description", event.description)
        event.location = (form.get("entity_metadata") or {}).get("location", event.location)
        self._tell("UPDATE", event)
        return payloads.scheduled_event(event, self._world.guild.id)

    async def delete(self, request: web.Request) -> None:
        event = self._event(request)
        self._need_for(event)
        del self._world.events[event.id]
        self._tell("DELETE", event)

    def _check(
        self, checks: Checks, form: Json, event: ScheduledEvent | None = None
    ) -> tuple[datetime | None, datetime | None]:
        """Check what creation and change have in common. Return start and end, None for one that is not given."""
        found: dict[str, datetime | None] = {"scheduled_start_time": None, "scheduled_end_time": None}
        for key in found:
            checks.time(form, key, ())
            if form.get(key) and not checks.problems:
                found[key] = datetime.fromisoformat(form[key])
        start, end = found.values()
        checks.text(form, "description", (), 1000)
        if event is None or "entity_metadata" in form:
            checks.text(form.get("entity_metadata") or {}, "location", ("entity_metadata",), 100, required=True)
        if form.get("channel_id") is not None:
            checks.add(("channel_id",), "BASE_TYPE_CHOICES", "An external event has no channel.")
        if start and start <= now():
            code = "GUILD_SCHEDULED_EVENT_SCHEDULE_PAST"
            checks.add(("scheduled_start_time",), code, "Cannot schedule event in the past.")
        if start and start > now() + MAX_AHEAD:
            checks.add(("scheduled_start_time",), "DATETIME_TYPE_MAX", "Cannot schedule an event so far in the future.")
        begins, ends = start or (event and event.start), end or (event and event.end)
        if begins and ends and ends <= begins:
            code = "GUILD_SCHEDULED_EVENT_SCHEDULE_END_BEFORE_START"
            checks.add(("scheduled_end_time",), code, "Cannot schedule end time before start time.")
        return start, end

    def _current(self) -> list[ScheduledEvent]:
        return [event for event in self._world.events.values() if self._settled(event).status in _NEXT]

    def _settled(self, event: ScheduledEvent) -> ScheduledEvent:
        """End an event whose time is over, as Discord does by itself."""
        if event.status is EventStatus.ACTIVE and event.end <= now():
            event.status = EventStatus.COMPLETED
        elif event.status is EventStatus.SCHEDULED and event.end <= now():
            event.status = EventStatus.CANCELED
        return event

    def _event(self, request: web.Request) -> ScheduledEvent:
        self._guild(request)
        event = self._world.events.get(request.match_info["event"])
        if event is None:
            raise RefusedError(10070, "there is no such event", fault=False)
        return self._settled(event)

    def _need_for(self, event: ScheduledEvent) -> None:
        own = event.creator is self._world.bot
        self._need(Permission.CREATE_EVENTS | Permission.MANAGE_EVENTS if own else Permission.MANAGE_EVENTS)

    def _need(self, any_of: int) -> None:
        if not self._world.permissions(self._world.bot) & any_of:
            raise RefusedError(50013, "the bot may not make or change events")

    def _guild(self, request: web.Request) -> None:
        if request.match_info["guild"] != self._world.guild.id or not self._world.has_bot:
            raise RefusedError(10004, "the bot is in no such guild", fault=self._world.has_bot)

    def _tell(self, what: str, event: ScheduledEvent) -> None:
        data = payloads.scheduled_event(event, self._world.guild.id)
        self._backend.gateway.dispatch(f"GUILD_SCHEDULED_EVENT_{what}", data, Intent.GUILD_SCHEDULED_EVENTS)
        self._backend.changes.notify()
