"""Has pictures drawn, each by a process of its own, and keeps the latest."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import os
import sys
from asyncio.subprocess import PIPE
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import discord

from bot.graphs.picture import Picture

log = logging.getLogger(__name__)

FILE = "history.png"
KEPT = 32  # pictures, of some 40 kB each
DRAWN_S = 60.0  # on a machine that is busy; usually it takes one second


class Pictures:
    """The pictures. `folder` is the bot's own, where matplotlib keeps what it knows of fonts."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._drawn: OrderedDict[Picture, bytes] = OrderedDict()
        self._drawing = asyncio.Lock()  # one at a time, because each takes a core
        self._is_failing = False

    async def files(self, picture: Picture) -> Callable[[], Sequence[discord.File]] | None:
        """Return what makes the file for a message. None when it cannot be drawn, which is logged."""
        png = await self._png(picture)
        if png is None:
            return None
        return lambda: [discord.File(io.BytesIO(png), FILE, description=picture.alt)]

    async def _png(self, picture: Picture) -> bytes | None:
        async with self._drawing:
            if picture not in self._drawn:
                try:
                    self._drawn[picture] = await self._draw(picture)
                except OSError as error:
                    # The checkout may lie in root's home, where the bot's own user cannot start a program.
                    if not self._is_failing:
                        log.warning("messages go without pictures: %s", error)
                    self._is_failing = True
                    return None
                self._is_failing = False
            self._drawn.move_to_end(picture)
            while len(self._drawn) > KEPT:
                self._drawn.popitem(last=False)
            return self._drawn[picture]

    async def _draw(self, picture: Picture) -> bytes:
        """Draw it. Raise OSError, also when the process fails or takes too long."""
        known = {"MPLCONFIGDIR": str(self._folder / "matplotlib"), "OPENBLAS_NUM_THREADS": "1"}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "bot.graphs.draw"),
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            env={"PATH": os.environ.get("PATH", os.defpath), **known},
        )
        try:
            async with asyncio.timeout(DRAWN_S):
                png, said = await process.communicate(json.dumps(asdict(picture)).encode())
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode or not png:
            raise OSError(f"drawing ended with {process.returncode}: {said.decode(errors='replace').strip()[-300:]}")
        return png
