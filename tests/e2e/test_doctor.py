"""`guildgate doctor` beside gateway and bot: its look at Discord, which takes the token and no privilege."""

from __future__ import annotations

import asyncio
import json
import os
import pwd
import re
import sys
from asyncio.subprocess import PIPE
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.e2e.scene import ADMIN_CHANNEL, LOG_CHANNEL, Scene
from tests.fakediscord import FakeDiscord, Permission, Person
from tests.fanotify import readers

pytestmark = pytest.mark.asyncio(loop_scope="module")

SUBJECTS = ("token", "discord", "intents", "roles-and-channels", "permissions", "commands")
OTHERS = 65534  # the user of the look, where there is no guildgate


@pytest.fixture
def token(scene: Scene) -> Iterator[Path]:
    """Name a token's file in the configuration, of which only root may read."""
    config = Path(scene.gateway.argv[2])
    path = config.parent / "token"
    path.touch(0o600)
    path.write_text(f"{scene.discord.token}\n")
    before = config.read_text()
    config.write_text(f'{before}token_file = "{path}"\n')
    yield path
    config.write_text(before)


@pytest_asyncio.fixture(loop_scope="module")
async def promoted(discord: FakeDiscord, token: Path) -> FakeDiscord:
    """Let the bot have what the README asks for."""
    discord.guild.role("guildgate").permissions = Permission.MANAGE_ROLES
    discord.guild.promote_bot(Permission.MANAGE_ROLES, position=99)
    return discord


async def doctor(scene: Scene, *before: str) -> dict[str, list[tuple[str, str]]]:
    """Return level and text of each finding by its code, and look for the token in all that is said."""
    process = await asyncio.create_subprocess_exec(
        *("ip", "netns", "exec", scene.world.vps.name, *before),
        *(sys.executable, "-m", "gateway", "doctor", "--json", "--config", scene.gateway.argv[2]),
        env={**os.environ, "SSL_CERT_FILE": str(scene.discord.ca_file)},
        stdout=PIPE,
        stderr=PIPE,
    )
    out, err = await process.communicate()
    assert scene.discord.token.encode() not in out + err
    assert err == b""
    findings: list[dict[str, Any]] = json.loads(out)["findings"]
    assert process.returncode == any(each["level"] == "failure" for each in findings)
    found: dict[str, list[tuple[str, str]]] = {}
    for each in findings:
        found.setdefault(each["code"], []).append((each["level"], each["detail"]))
    return found


async def test_a_server_that_is_set_up_is_well(scene: Scene, promoted: FakeDiscord) -> None:
    """The look opens no session, so it takes no login from the bot."""
    sessions = promoted.identified
    found = await doctor(scene)
    assert [level for code in SUBJECTS for level, _ in found[code]] == ["ok"] * len(SUBJECTS)
    assert found["token"] == [("ok", "Discord knows it as guildgate")]
    assert found["discord"] == [("ok", "the bot is on Friends")]
    assert promoted.identified == sessions


async def test_what_the_bot_lacks_is_named(scene: Scene, discord: FakeDiscord, token: Path) -> None:
    discord.guild.role("guildgate").permissions = 0
    discord.guild.promote_bot(0, position=0)
    channel = discord.guild.channel(LOG_CHANNEL)
    discord.guild.deny_bot(channel, Permission.SEND_MESSAGES)
    try:
        found = await doctor(scene)
    finally:
        discord.guild.deny_bot(channel, 0)
    assert found["permissions"] == [
        ("failure", "I cannot write to #vpn-log (log_channel). Give me Send Messages and Embed Links there."),
        ("failure", "I cannot give Player when an admin approves a request. Give my role the permission Manage Roles."),
        (
            "failure",
            (
                "I cannot give Player when an admin approves a request, because that role is not below mine. "
                "Drag my role above it in Server Settings, Roles."
            ),
        ),
    ]


async def test_a_channel_that_is_renamed_is_told_as_the_bot_tells_it(scene: Scene, promoted: FakeDiscord) -> None:
    channel = promoted.guild.channel(ADMIN_CHANNEL)
    promoted.guild.rename_channel(channel, "elsewhere")
    try:
        found = await doctor(scene)
    finally:
        promoted.guild.rename_channel(channel, ADMIN_CHANNEL)
    ((level, text),) = found["roles-and-channels"]
    assert level == "failure"
    assert text.startswith('No text channel is called "vpn-admins", which is in admin_channel.')


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("another.token\n", "Discord refuses it"),
        ("", "is empty"),
        ("one two\n", "holds more than one word"),
        ("\xff\xfe", "cannot be read"),
    ],
)
async def test_a_token_that_cannot_be_right_is_told(
    scene: Scene, promoted: FakeDiscord, token: Path, content: str, said: str
) -> None:
    token.write_bytes(content.encode("latin-1"))
    found = await doctor(scene)
    ((level, text),) = found["token"]
    assert (level, said in text) == ("failure", True)
    assert "permissions" not in found
    promoted.violations[:] = [each for each in promoted.violations if "the bot's token is missing or wrong" not in each]
    assert found["firewalls"][0][0] == "ok"


async def test_a_token_that_every_user_may_read_is_told(scene: Scene, promoted: FakeDiscord, token: Path) -> None:
    token.chmod(0o644)
    found = await doctor(scene)
    assert [level for level, _ in found["token"]] == ["failure", "ok"]
    assert "every user of this host may read" in found["token"][0][1]


async def test_without_a_token_or_a_network_one_line_says_so(scene: Scene, promoted: FakeDiscord, token: Path) -> None:
    await promoted.down()
    try:
        found = await doctor(scene)
    finally:
        await promoted.up()
    ((level, text),) = found["discord"]
    assert (level, text.startswith("Discord cannot be reached: ")) == ("warning", True)
    assert found["gateway"][0][0] == "ok"
    token.unlink()
    found = await doctor(scene)
    assert found["token"] == [("failure", f"there is no {token}")]
    assert "discord" not in found
    assert found["gateway"][0][0] == "ok"


async def test_a_bot_that_is_not_invited_is_told(scene: Scene, promoted: FakeDiscord) -> None:
    scene.bot.expected.append("not on the server")
    promoted.guild.remove_bot()
    try:
        found = await doctor(scene)
    finally:
        promoted.guild.invite_bot()
        await promoted.ready()
    ((level, text),) = found["discord"]
    assert (level, text) == ("failure", f"the bot is not on the server {promoted.guild.id}")


async def test_the_token_is_read_by_the_unprivileged_child_only(
    scene: Scene, promoted: FakeDiscord, token: Path
) -> None:
    """Root opens the file that only root may open, and hands it over unread."""
    with readers(token) as uids:
        found = await doctor(scene)
    assert found["token"][0][0] == "ok"
    assert set(uids) == {OTHERS}


async def test_a_token_that_only_the_bots_user_may_read_needs_no_power_of_root(
    scene: Scene, promoted: FakeDiscord, token: Path
) -> None:
    """The child opens it by itself where a doctor without power over files may not."""
    os.chown(token, OTHERS, pwd.getpwuid(OTHERS).pw_gid)
    power = "-dac_override,-dac_read_search"
    found = await doctor(scene, "setpriv", "--bounding-set", power, "--inh-caps", power)
    assert found["token"] == [("ok", "Discord knows it as guildgate")]


async def test_an_admin_has_the_gateway_and_the_bot_examined_in_discord(promoted: FakeDiscord, admin: Person) -> None:
    """The gateway has neither root nor the token, so it looks at what it can."""
    reply = await admin.slash("doctor")
    (embed,) = reply.embeds
    assert reply.ephemeral
    *wrong, last = embed.description.splitlines()
    match = re.fullmatch(r"✅ (\d+) checks are fine\.", last)
    assert match, embed.description
    assert int(match[1]) >= 15, embed.description
    assert not [line for line in wrong if "could not look" in line], embed.description
    assert not [line for line in wrong if "❌" in line], embed.description
