"""Targets of what one process writes for another to read, and of files that people carry."""

from __future__ import annotations

import base64
import gzip
import zlib
from contextlib import suppress
from dataclasses import asdict

from bot import chosen, report
from bot import config as bot_config
from bot.chosen import Ticket
from gateway.backup.archive import Backup
from gateway.bus.seen import Seen
from gateway.codec import decode
from gateway.enrolment import joining, line
from gateway.enrolment.fleet import access_of
from gateway.errors import BadBackup, ConfigError, HostProblem


def backup(data: bytes) -> None:
    """Read a tar archive as a backup. What is in it takes no more memory than the archive."""
    try:
        read = Backup.from_tar(gzip.compress(data, 1), "a file", {"guildgate.db": 1})
    except BadBackup as error:
        assert len(str(error)) < 1000
    else:
        assert sum(map(len, read.files.values())) <= len(data)


def enrolment_line(data: bytes) -> None:
    """Read a line as it is, and one that holds these bytes. What is read goes into the files of a region."""
    packed = base64.urlsafe_b64encode(zlib.compress(data)).decode().rstrip("=")
    for text in (data.decode(errors="replace"), f"{line._BEGIN}{packed}-{line._check(packed)}"):
        with suppress(HostProblem, ConfigError):
            invitation = line.read(text)
            assert invitation.secret.raw.hex() not in repr(invitation)
            assert line.read(invitation.reveal()) == invitation
            access_of(invitation)
            joining.configured(invitation, "", "config.toml")


def chosen_in_discord(data: bytes) -> None:
    """Read what the bot's user wrote, as root does: choices, and the ticket of a code."""
    with suppress(ValueError, RecursionError, ConfigError):
        bot_config.parse(chosen.parse(data))
    with suppress(ValueError, RecursionError):
        found = decode(Ticket, chosen._object(data))
        assert decode(Ticket, asdict(found)) == found


def child_report(data: bytes) -> None:
    """Read what a child without privileges tells the doctor and the set-up."""
    for read in (report.read, report.read_scouted):
        with suppress(ValueError, RecursionError):
            read(data)
    with suppress(ValueError, RecursionError):
        decode(Seen, chosen._object(data))
