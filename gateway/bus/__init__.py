"""The bus of a fleet: NATS, which carries requests to gateways in other places, and tells which of them are there.

    bot ── guildgate.<region>.<operation> ──▶ gateway/courier ──▶ the gateway's Unix socket
        ◀── the answer; guildgate-event.<region>.<watch>, line by line ──
        ◀── guildgate-pulse.<region>, every two seconds; the bucket GG_DIRECTORY ──

It is no authority: it keeps nothing that another place does not know better. Of its modules asking, keyed, last, leave,
link, look and once import nats-py. The gateway and the doctor import none of these, and the bot only with `[fleet]`.
"""
