"""The unprivileged half: turns slash commands into requests to the gateway, and what happens there into messages.

`app` makes everything and hands each part what it needs. The data's way: discord.py calls a command of `commands` or
`admin.commands`, or hands a pressed button to the switchboard of `core.buttons`; `core.interaction` has acknowledged it
before, says who asks, and answers. Services run beside that, and act without being asked.

Rooms, each of which imports only those above it:

- core: the context every part gets, interactions, buttons, rendering, roles, and what the bot remembers
- games: which game listens on which ports, and how its server is asked for players
- log: the log channel, from the gateway's audit log and from `core.notes`
- access: requests, admission and delivery; `membership` takes access away again. matches: cards of announced matches
- ports: opening, suggestions, reminders, and whether players can join
- admin: lists, details, revoking
"""
