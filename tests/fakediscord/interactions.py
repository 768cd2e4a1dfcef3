"""The routes that answer interactions: the callback, and the webhook that an interaction's token opens."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from . import payloads
from .backend import Backend, Form, read_form
from .commands import choices_problems
from .components import modal_problems
from .errors import Problem, RefusedError, refuse_form
from .state import Callback, Choice, Interaction, InteractionType, Json, Message, MessageFlag

_ALLOWED = {
    InteractionType.COMMAND: {Callback.MESSAGE, Callback.DEFERRED_MESSAGE, Callback.MODAL},
    InteractionType.COMPONENT: {*Callback} - {Callback.CHOICES},
    InteractionType.AUTOCOMPLETE: {Callback.CHOICES},
    InteractionType.MODAL_SUBMIT: {*Callback} - {Callback.CHOICES, Callback.MODAL},
}


class InteractionRoutes:
    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._world = backend.world

    def table(self) -> list[tuple[str, str, Callable[[web.Request], Awaitable[object]]]]:
        webhook = "/webhooks/{application}/{token}"
        return [
            ("POST", "/interactions/{interaction}/{token}/callback", self.callback),
            ("POST", webhook, self.follow_up),
            ("GET", webhook + "/messages/{message}", self.get),
            ("PATCH", webhook + "/messages/{message}", self.patch),
            ("DELETE", webhook + "/messages/{message}", self.delete),
        ]

    async def callback(self, request: web.Request) -> Json | None:
        form = await read_form(request)
        interaction = self._world.interactions.get(request.match_info["token"])
        if interaction is None or interaction.id != request.match_info["interaction"]:
            raise RefusedError(10062, "there is no such interaction")
        if interaction.acknowledged is not None:
            raise RefusedError(40060, f"{interaction.label} was acknowledged before")
        if self._backend.overdue(interaction):
            late = self._backend.clock() - interaction.created
            why = f"{interaction.label} was answered after {late:.1f} s, too late"
            raise RefusedError(10062, why, fault=not interaction.was_late)
        kind = self._kind(form, interaction)
        data: Json = form.json.get("data") or {}
        self._check(kind, Form(data, form.files), interaction)
        interaction.acknowledged = self._backend.clock()
        interaction.callback = kind
        self._apply(kind, Form(data, form.files), interaction)
        self._backend.changes.notify()
        if request.query.get("with_response") in ("1", "true"):
            return self._callback_response(interaction, kind)
        return None

    async def follow_up(self, request: web.Request) -> Json | None:
        """Post a follow-up; the first one after a deferral replaces its "is thinking..." and keeps its visibility."""
        interaction = self._by_token(request)
        form = await read_form(request)
        self._backend.check_message(form, flags=MessageFlag.EPHEMERAL)
        original = interaction.original
        if interaction.callback is Callback.DEFERRED_MESSAGE and original and original.loading and not original.deleted:
            message = original
            self._edit(interaction, message, form)
        else:
            flags = int(form.json.get("flags") or 0) & MessageFlag.EPHEMERAL
            message = self._post(interaction, form, flags)
            interaction.followups.append(message)
        self._backend.changes.notify()
        return payloads.message(message, self._world)

    async def get(self, request: web.Request) -> Json:
        return payloads.message(self._message(request), self._world)

    async def patch(self, request: web.Request) -> Json:
        message = self._message(request)
        form = await read_form(request)
        self._backend.check_message(form, message)
        self._edit(self._by_token(request), message, form)
        return payloads.message(message, self._world)

    async def delete(self, request: web.Request) -> None:
        self._backend.delete(self._message(request))

    def _kind(self, form: Form, interaction: Interaction) -> Callback:
        try:
            kind = Callback(form.json.get("type", 0))
        except ValueError:
            kind = None
        allowed = set(_ALLOWED[interaction.type])
        if interaction.message is None:
            allowed -= {Callback.UPDATE, Callback.DEFERRED_UPDATE}
        if kind is None or kind not in allowed:
            message = f"A callback of type {form.json.get('type')} does not answer {interaction.label}"
            raise RefusedError(50035, message, problems=[Problem(("type",), "BASE_TYPE_CHOICES", message)])
        return kind

    def _check(self, kind: Callback, form: Form, interaction: Interaction) -> None:
        match kind:
            case Callback.MESSAGE:
                self._backend.check_message(form, flags=MessageFlag.EPHEMERAL, path=("data",))
            case Callback.UPDATE:
                self._backend.check_message(form, interaction.message, path=("data",))
            case Callback.DEFERRED_MESSAGE if (form.json.get("flags") or 0) & ~MessageFlag.EPHEMERAL:
                message = "Only EPHEMERAL can be set on a deferred answer"
                refuse_form([Problem(("data", "flags"), "MESSAGE_FLAGS_INVALID", message)])
            case Callback.CHOICES:
                assert interaction.option
                choices = form.json.get("choices")
                if not isinstance(choices, list):
                    refuse_form([Problem(("data", "choices"), "BASE_TYPE_REQUIRED", "This field is required")])
                refuse_form(choices_problems(choices or [], interaction.option, ("data", "choices")))
            case Callback.MODAL:
                refuse_form(modal_problems(form.json, ("data",)))

    def _apply(self, kind: Callback, form: Form, interaction: Interaction) -> None:
        flags = int(form.json.get("flags") or 0) & MessageFlag.EPHEMERAL
        match kind:
            case Callback.MESSAGE:
                interaction.original = self._post(interaction, form, flags)
            case Callback.DEFERRED_MESSAGE:
                interaction.original = self._post(interaction, Form({}), flags | MessageFlag.LOADING)
            case Callback.DEFERRED_UPDATE:
                interaction.original = interaction.message
            case Callback.UPDATE:
                assert interaction.message
                interaction.original = interaction.message
                self._edit(interaction, interaction.message, form)
            case Callback.CHOICES:
                interaction.choices = [Choice(each["name"], each["value"]) for each in form.json["choices"]]
            case Callback.MODAL:
                interaction.modal = form.json

    def _post(self, interaction: Interaction, form: Form, flags: int) -> Message:
        reader = interaction.user if flags & MessageFlag.EPHEMERAL else None
        return self._backend.post(
            interaction.channel, self._world.bot, form, flags=flags, reader=reader, interaction=interaction
        )

    def _edit(self, interaction: Interaction, message: Message, form: Form) -> None:
        interaction.updated |= message is interaction.message
        self._backend.edit(message, form)

    def _by_token(self, request: web.Request) -> Interaction:
        interaction = self._world.interactions.get(request.match_info["token"])
        if interaction is None or request.match_info["application"] != self._world.bot.id:
            raise RefusedError(10015, "there is no such webhook")
        if interaction.acknowledged is None:
            raise RefusedError(10015, f"{interaction.label} was not acknowledged before its webhook was used")
        if self._backend.clock() > interaction.expires:
            raise RefusedError(50027, f"the token of {interaction.label} has expired")
        return interaction

    def _message(self, request: web.Request) -> Message:
        interaction, wanted = self._by_token(request), request.match_info["message"]
        for message in [interaction.original, *interaction.followups]:
            names = ("@original",) if message is interaction.original else ()
            if message and not message.deleted and wanted in (message.id, *names):
                return message
        raise RefusedError(10008, f"{interaction.label} has no answer {wanted}", fault=False)

    def _callback_response(self, interaction: Interaction, kind: Callback) -> Json:
        shown: Json = {"id": interaction.id, "type": int(interaction.type)}
        if message := interaction.original:
            shown |= {
                "response_message_id": message.id,
                "response_message_loading": message.loading,
                "response_message_ephemeral": message.ephemeral,
            }
            if kind in (Callback.MESSAGE, Callback.UPDATE):
                resource = {"type": int(kind), "message": payloads.message(message, self._world)}
                return {"interaction": shown, "resource": resource}
        return {"interaction": shown}
