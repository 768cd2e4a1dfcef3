"""The bus of a fleet: NATS, which carries requests to gateways in other places, and tells which of them are there.

    bot ── guildgate.<region>.<operation> ──▶ gateway/courier ──▶ the gateway's Unix socket
        ◀── the answer; guildgate-event.<region>.<watch>, line by line ──
        ◀── guildgate-pulse.<region>, every two seconds; the bucket GG_DIRECTORY ──

It is a courier and never an authority: it keeps nothing that another place does not know better. Only `keyed.py` and
`link.py` import nats-py, and only the bot and gateway/courier import these, with `[fleet]` in the configuration.
"""
