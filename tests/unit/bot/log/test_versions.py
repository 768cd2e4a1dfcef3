"""What admins are told of versions: once that bot and gateway differ, and once of each newer release."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from aiohttp import web

from bot.core.status import status
from bot.log import logbook, versions
from bot.log.releases import tags
from bot.log.versions import Versions
from gateway.api.contract import Status
from gateway.version import own
from tests.fakediscord.reply import Embed
from tests.serving import accept_no_more
from tests.unit.bot.english import words
from tests.unit.bot.world import World, world
from tests.unit.builders import NOW

Worlds = Callable[..., AbstractAsyncContextManager[World]]


def line(text: str) -> bytes:
    return f"{len(text) + 4:04x}{text}".encode()


def advertised(*names: str) -> bytes:
    """Return what a git server answers about these tags, each with the commit that it names."""
    commit = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
    first = line(f"{commit} HEAD\0multi_ack agent=git/2.39.5\n")
    rest = b"".join(line(f"{commit} refs/tags/{name}{end}\n") for name in names for end in ("", "^{}"))
    return line("# service=git-upload-pack\n") + b"0000" + first + rest + b"0000"


@pytest.fixture
def worlds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Worlds:
    monkeypatch.setattr(logbook, "POLL_S", 0.02)
    return partial(world, tmp_path, monkeypatch, log_channel="vpn-log")


async def told(w: World, count: int) -> list[Embed]:
    """Wait for so many messages in the log channel, and assert that there are no more."""

    def embeds() -> list[Embed]:
        return [Embed.of(raw) for each in w.discord.guild.channel("vpn-log").messages for raw in each.embeds]

    await w.discord.until(lambda: len(embeds()) >= count, f"{count} log entries, but {embeds()}")
    assert len(embeds()) == count
    return embeds()


@asynccontextmanager
async def serving(answer: bytes, asked: list[web.Request]) -> AsyncIterator[str]:
    """Serve a repository by HTTP, and yield its address."""

    async def refs(request: web.Request) -> web.Response:
        asked.append(request)
        return web.Response(body=answer, content_type="application/x-git-upload-pack-advertisement")

    app = web.Application()
    app.router.add_get("/guildgate/info/refs", refs)
    runner = web.AppRunner(app)
    await runner.setup()
    listener = socket.create_server(("127.0.0.1", 0))
    await web.SockSite(runner, listener).start()
    try:
        yield "http://{}:{}/guildgate".format(*listener.getsockname())
    finally:
        await accept_no_more(listener)
        await runner.cleanup()


async def test_that_the_halves_differ_is_told_once(worlds: Worlds, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first look after an update may find the bot not started yet, so two looks have to agree."""
    async with worlds() as w:
        monkeypatch.setattr(versions, "own", lambda: "0.0.9")
        service = Versions(w.bot.context)
        await service.compare()
        await service.compare()
        (embed,) = await told(w, 1)
        assert embed.title == words("log-versions-title")
        assert embed.description == words("versions-differ", bot="`0.0.9`", gateway=f"`{own()}`")
        again = Versions(w.bot.context)  # after a restart of the bot
        await again.compare()
        await again.compare()
        await told(w, 1)
        monkeypatch.setattr(versions, "own", own)
        await again.compare()  # both are of one version meanwhile, and differ anew
        monkeypatch.setattr(versions, "own", lambda: "0.0.9")
        await again.compare()
        await told(w, 1)
        await again.compare()
        await told(w, 2)


async def test_a_newer_release_is_told_once_and_looked_for_once_a_day(
    worlds: Worlds, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The request names neither this server nor a version."""
    asked: list[web.Request] = []
    source = tmp_path / "release-source"
    monkeypatch.setattr(versions, "SCHEME", "http://")
    async with worlds() as w, serving(advertised("v0.0.1", "v999.0.0", "v999.0.1-rc1", "other"), asked) as address:
        source.write_text(f"{address}\n")
        w.gate.now += timedelta(days=1)  # since the bot itself has looked
        await Versions(w.bot.context, source).look()
        (embed,) = await told(w, 1)
        assert embed.description == words("log-release", version="`999.0.0`", present=f"`{own()}`")
        await Versions(w.bot.context, source).look()  # a bot that was started again
        assert len(asked) == 1
        w.gate.now += timedelta(days=1)
        await Versions(w.bot.context, source).look()
        assert len(asked) == 2
        await told(w, 1)
        assert asked[0].query_string == "service=git-upload-pack"
        assert asked[0].headers["User-Agent"] == "guildgate"
        assert asked[0].headers.keys() <= {"Host", "User-Agent", "Accept", "Accept-Encoding"}


async def test_a_repository_without_https_is_not_asked(worlds: Worlds, tmp_path: Path) -> None:
    source, asked = tmp_path / "release-source", list[web.Request]()
    async with worlds() as w, serving(advertised("v999.0.0"), asked) as address:
        for text in ("", "/srv/guildgate", address, "git@example.org:guildgate"):
            source.write_text(text)
            w.gate.now += timedelta(days=1)
            await Versions(w.bot.context, source).look()
        assert not asked
        await told(w, 0)


async def test_a_server_without_an_answer_is_asked_again_a_day_later(
    worlds: Worlds, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """One line of the log says why."""
    source, asked = tmp_path / "release-source", list[web.Request]()
    caplog.set_level("INFO")
    monkeypatch.setattr(versions, "SCHEME", "http://")
    async with worlds() as w, serving(b"<html>", asked) as address:
        source.write_text(address)
        for days in (1, 0, 1):
            w.gate.now += timedelta(days=days)
            await Versions(w.bot.context, source).look()
        assert len(asked) == 2
        assert caplog.text.count("no releases were found at") == 2


def test_admins_see_by_status_that_the_halves_differ() -> None:
    answer = Status(
        at=NOW, lan=False, backend="kernel", public_address="vps.example.org", public_address6=None, listen_port=51820,
        peers=(), forwards=(), version="1.2.0",
    )  # fmt: skip
    (embed,) = status(words, answer, everyone=True, version="1.3.0")
    assert words("versions-differ", bot="`1.3.0`", gateway="`1.2.0`") in str(embed.description)
    for version in ("1.2.0", ""):
        (embed,) = status(words, answer, everyone=True, version=version)
        assert embed.description == words("status-none-at-all")


def test_tags_of_a_git_server() -> None:
    assert tags(advertised("v1.0.0", "v1.1.0")) == ["v1.0.0", "v1.1.0"]
    assert tags(advertised()) == []


@pytest.mark.parametrize(
    "answer", [b"", b"<html>", b"0000", advertised("v1")[:-9], line("# service=git-receive-pack\n")]
)
def test_what_is_no_answer_of_a_git_server(answer: bytes) -> None:
    with pytest.raises(ValueError):
        tags(answer)
