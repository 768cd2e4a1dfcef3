"""Grants: access like a member's but without the role, for the case that Discord does not let the bot give roles.

An approval grants it. It is withdrawn when the member leaves the server, or when an admin revokes all devices.
All three functions raise aiosqlite.Error.
"""

from __future__ import annotations

from bot.core.memory import Memory

SCHEMA = "CREATE TABLE IF NOT EXISTS grants (member INTEGER PRIMARY KEY) STRICT;"


async def grant(memory: Memory, member_id: int) -> None:
    await memory.write("INSERT OR IGNORE INTO grants VALUES (?)", (member_id,))


async def is_granted(memory: Memory, member_id: int) -> bool:
    return bool(await memory.rows("SELECT 1 FROM grants WHERE member = ?", (member_id,)))


async def withdraw(memory: Memory, member_id: int) -> None:
    await memory.write("DELETE FROM grants WHERE member = ?", (member_id,))
