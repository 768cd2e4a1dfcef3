"""Makes Discord's JSON, in the shapes of API version 10, of the values in `state`."""

import itertools
from collections.abc import Iterable

from .state import (
    Attachment,
    Channel,
    Command,
    Guild,
    Intent,
    Interaction,
    InteractionType,
    Json,
    Member,
    Message,
    Role,
    ScheduledEvent,
    User,
    World,
)

TEXT, DM = 0, 1


def user(one: User) -> Json:
    return {
        "id": one.id,
        "username": one.name,
        "discriminator": "0",
        "global_name": None if one.bot else one.name.capitalize(),
        "avatar": None,
        "bot": one.bot,
        "public_flags": 0,
        "flags": 0,
    }


def member(one: Member) -> Json:
    return {
        "user": user(one.user),
        "roles": [role.id for role in one.roles],
        "joined_at": one.joined.isoformat(),
        "nick": None,
        "avatar": None,
        "premium_since": None,
        "deaf": False,
        "mute": False,
        "pending": False,
        "flags": 0,
        "communication_disabled_until": None,
    }


def role(one: Role) -> Json:
    return {
        "id": one.id,
        "name": one.name,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "position": one.position,
        "permissions": str(one.permissions),
        "managed": one.bot is not None,
        "mentionable": False,
        "flags": 0,
        "icon": None,
        "unicode_emoji": None,
        **({"tags": {"bot_id": one.bot}} if one.bot else {}),
    }


def channel(one: Channel, world: World) -> Json:
    last = one.messages[-1].id if one.messages else None
    if one.recipient:
        return {"id": one.id, "type": DM, "recipients": [user(one.recipient)], "last_message_id": last, "flags": 0}
    denied = {"id": world.bot.id, "type": 1, "allow": "0", "deny": str(one.denied_to_bot)}
    return {
        "id": one.id,
        "type": TEXT,
        "guild_id": world.guild.id,
        "name": one.name,
        "position": 0,
        "topic": None,
        "nsfw": False,
        "flags": 0,
        "parent_id": None,
        "rate_limit_per_user": 0,
        "last_message_id": last,
        "permission_overwrites": [denied] if one.denied_to_bot else [],
    }


def guild(world: World) -> Json:
    one = world.guild
    return {
        "id": one.id,
        "name": one.name,
        "owner_id": one.owner.id,
        "icon": None,
        "splash": None,
        "discovery_splash": None,
        "banner": None,
        "description": None,
        "region": "",
        "afk_channel_id": None,
        "afk_timeout": 300,
        "verification_level": 0,
        "default_message_notifications": 1,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "nsfw_level": 0,
        "nsfw": False,
        "features": [],
        "emojis": [],
        "stickers": [],
        "roles": [role(each) for each in [one.everyone, *one.roles]],
        "application_id": None,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "rules_channel_id": None,
        "public_updates_channel_id": None,
        "safety_alerts_channel_id": None,
        "vanity_url_code": None,
        "premium_tier": 0,
        "premium_subscription_count": 0,
        "premium_progress_bar_enabled": False,
        "preferred_locale": world.guild.locale,
        "max_members": 500000,
        "incidents_data": None,
    }


def guild_in_short(one: Guild) -> Json:
    """Return a guild as the list of the bot's own has it."""
    return {
        "id": one.id,
        "name": one.name,
        "icon": None,
        "banner": None,
        "owner": False,
        "permissions": "0",
        "features": [],
    }


def guild_create(world: World, intents: Intent) -> Json:
    """Return the guild for GUILD_CREATE; without the members intent only the bot is listed."""
    members = world.guild.members
    listed = members.values() if Intent.MEMBERS in intents else [members[world.bot.id]]
    return guild(world) | {
        "joined_at": members[world.bot.id].joined.isoformat(),
        "large": False,
        "unavailable": False,
        "member_count": len(members),
        "members": [member(each) for each in listed],
        "channels": [channel(each, world) for each in world.channels.values() if not each.recipient],
        "threads": [],
        "presences": [],
        "voice_states": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def scheduled_event(one: ScheduledEvent, guild: str) -> Json:
    return {
        "id": one.id,
        "guild_id": guild,
        "channel_id": None,
        "creator_id": one.creator.id,
        "creator": user(one.creator),
        "name": one.name,
        "description": one.description,
        "image": None,
        "scheduled_start_time": one.start.isoformat(),
        "scheduled_end_time": one.end.isoformat(),
        "privacy_level": 2,
        "status": int(one.status),
        "entity_type": 3,
        "entity_id": None,
        "entity_metadata": {"location": one.location},
        "recurrence_rule": None,
        "guild_scheduled_event_exceptions": [],
        "user_count": 0,
    }


def application(world: World) -> Json:
    return {
        "id": world.bot.id,
        "name": world.bot.name,
        "icon": None,
        "description": "",
        "summary": "",
        "verify_key": "0" * 64,
        "bot_public": False,
        "bot_require_code_grant": False,
        "flags": 1 << 15 if Intent.MEMBERS in world.privileged else 0,  # GATEWAY_GUILD_MEMBERS_LIMITED
        "owner": user(world.guild.owner),
        "team": None,
        "bot": user(world.bot),
        "interactions_endpoint_url": None,
        "redirect_uris": [],
        "approximate_guild_count": 1,
        "integration_types_config": {"0": {}},
    }


def attachment(one: Attachment) -> Json:
    content_type = "image/png" if one.data.startswith(b"\x89PNG") else "application/octet-stream"
    return {
        "id": one.id,
        "filename": one.filename,
        "size": len(one.data),
        "url": f"https://cdn.discordapp.com{one.path}",
        "proxy_url": f"https://media.discordapp.net{one.path}",
        "content_type": content_type,
        "ephemeral": one.ephemeral,
        **({"description": one.description} if one.description else {}),
    }


def message(one: Message, world: World) -> Json:
    shown: Json = {
        "id": one.id,
        "channel_id": one.channel.id,
        "author": user(one.author),
        "content": one.content,
        "timestamp": one.created.isoformat(),
        "edited_timestamp": one.edited.isoformat() if one.edited else None,
        "tts": one.tts,
        "mention_everyone": world.guild.id in one.pinged,
        "mentions": [user(each) for each in world.users.values() if each.id in one.pinged],
        "mention_roles": [each.id for each in world.guild.roles if each.id in one.pinged],
        "attachments": [attachment(each) for each in one.attachments],
        "embeds": [_embed(each, one) for each in one.embeds],
        "components": components(one.components, one.attachments),
        "pinned": False,
        "type": 0,
        "flags": int(one.flags),
    }
    if one.nonce is not None:
        shown["nonce"] = one.nonce
    if one.interaction:
        shown["type"] = 20 if one.interaction.type is InteractionType.COMMAND else 19
        shown |= {"webhook_id": world.bot.id, "application_id": world.bot.id}
        shown["interaction_metadata"] = {
            "id": one.interaction.id,
            "type": int(one.interaction.type),
            "user": user(one.interaction.user),
            "authorizing_integration_owners": {"0": world.guild.id},
        }
        if one.interaction.type is InteractionType.COMPONENT and one.interaction.message:
            shown["interaction_metadata"]["interacted_message_id"] = one.interaction.message.id
        if one.interaction.type is InteractionType.MODAL_SUBMIT:
            shown["interaction_metadata"]["triggering_interaction_metadata"] = {
                **shown["interaction_metadata"],
                "type": int(InteractionType.COMMAND),
            }
    return shown


def components(given: list[Json], attachments: Iterable[Attachment] = ()) -> list[Json]:
    """Return components as Discord shows them.

    Each has a number in the message, an emoji without id has no key, and `attachment://` names have become addresses.
    """
    numbers = itertools.count(1)
    uploaded = {f"attachment://{each.filename}": each for each in attachments}

    def medium(one: Json) -> Json:
        file = uploaded.get(one["url"])
        if file is None:
            return {"id": "0", "proxy_url": one["url"], **one}
        listed = attachment(file)
        return {"id": file.id, "attachment_id": file.id} | {key: listed[key] for key in ("url", "proxy_url")}

    def show(one: Json) -> Json:
        shown = {"id": next(numbers), **one}
        if "emoji" in shown:
            shown["emoji"] = {key: value for key, value in shown["emoji"].items() if value is not None}
        if "components" in shown:
            shown["components"] = [show(each) for each in shown["components"]]
        if "accessory" in shown:
            shown["accessory"] = show(shown["accessory"])
        if "items" in shown:
            shown["items"] = [
                {"description": None, "spoiler": False, **each, "media": medium(each["media"])}
                for each in shown["items"]
            ]
        if "file" in shown:
            file = uploaded.get(shown["file"]["url"])
            shown |= {"name": file and file.filename, "size": file and len(file.data), "file": medium(shown["file"])}
            shown.setdefault("spoiler", False)
        return shown

    return [show(each) for each in given]


def message_event(one: Message, world: World) -> Json:
    """Return the message for an event: with the guild and the author's membership."""
    event = message(one, world)
    if not one.channel.recipient:
        event["guild_id"] = world.guild.id
        if one.author.id in world.guild.members:
            event["member"] = {k: v for k, v in member(world.guild.members[one.author.id]).items() if k != "user"}
    return event


def command(one: Command, world: World) -> Json:
    shown: Json = {
        "default_member_permissions": None,
        "dm_permission": True,
        "contexts": None,
        "integration_types": [0],
        "nsfw": False,
        "description": "",
        "type": 1,
        **{key: value for key, value in one.definition.items() if value is not None},
        "id": one.id,
        "application_id": world.bot.id,
        "version": one.version,
        "name_localizations": None,
        "description_localizations": None,
    }
    if (permissions := shown["default_member_permissions"]) is not None:  # the specification takes a number for it
        shown["default_member_permissions"] = str(permissions)
    return shown | ({"guild_id": one.guild} if one.guild else {})


def interaction(one: Interaction, world: World) -> Json:
    """Return an INTERACTION_CREATE, with the member inside the guild and the bare user in a DM."""
    in_guild = not one.channel.recipient
    shown: Json = {
        "id": one.id,
        "application_id": world.bot.id,
        "type": int(one.type),
        "token": one.token,
        "version": 1,
        "data": one.data,
        "channel_id": one.channel.id,
        "channel": channel(one.channel, world) | {"permissions": str(world.permissions(one.user, one.channel))},
        "locale": one.user.locale,
        "app_permissions": str(world.permissions(world.bot, one.channel)),
        "entitlements": [],
        "entitlement_sku_ids": [],
        "authorizing_integration_owners": {"0": world.guild.id if in_guild else "0"},
        "context": 0 if in_guild else 1,
        "attachment_size_limit": 10 * 1024 * 1024,
    }
    if in_guild:
        permissions = str(world.permissions(one.user, one.channel))
        shown |= {
            "guild_id": world.guild.id,
            "guild": {"id": world.guild.id, "locale": world.guild.locale, "features": []},
            "guild_locale": world.guild.locale,
            "member": member(world.guild.members[one.user.id]) | {"permissions": permissions},
        }
    else:
        shown["user"] = user(one.user)
    if one.message:
        shown["message"] = message(one.message, world)
    return shown


def _embed(embed: Json, one: Message) -> Json:
    """Put the address of an attached file where the embed said `attachment://`."""
    shown = {"type": "rich", **embed}
    for key in ("image", "thumbnail"):
        url = embed.get(key, {}).get("url", "")
        for each in one.attachments:
            if url == f"attachment://{each.filename}":
                shown[key] = {"url": f"https://cdn.discordapp.com{each.path}", "width": 0, "height": 0}
    return shown
