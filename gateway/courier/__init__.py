"""The courier: the process that takes requests from the bus to the gateway of its region, and answers back.

    bus ── a signed request ──▶ courier.py ── transport ──▶ the gateway's Unix socket
        ◀── sealed answers ──       │
        ◀── pulse, entry ──    presence.py
        ── entries of GG_MEMBERSHIP ── log.py ──▶ the same socket

With `[fleet] standby`, pair.py keeps the lease and carries the copies, and the rest runs while this machine serves.

It has no capability, and looks at nothing that it carries: the gateway takes from it only what a bot has signed, and
answers so that the bot alone can read it. It is a process of its own because nats-py's licence does not go with
libnftables'.
"""
