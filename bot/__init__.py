"""The unprivileged half: it turns slash commands into requests to the gateway, and the gateway's state into messages.

The data's way::

    Discord ------------- interactions ---+      +--- messages ---> Discord
                                          v      |
    core/interaction.py           acknowledge    answer     core/render.py, core/words.py
                                          |      ^
    commands.py, admin/commands.py,       v      |
    core/buttons.py                      a handler          access, ports, matches, admin
                                          |      ^
    the gateway's api/client.py           v      |
    ====================================== Unix socket ===> the gateway
                                          ^
    core/live.py, core/service.py  services follow the gateway's events: log, access, reminders, versions

`app` makes every part and gives each what it needs. `core.interaction` acknowledges an interaction first. Then
discord.py calls a command, or `core.buttons` finds the handler of a pressed button. The handler asks `core.interaction`
for the caller, asks the gateway for the change, and answers. A service acts on what it finds.

Words used in all rooms:

- caller: the member behind an interaction
- owner: the member that a device belongs to; of a forward, the owner of its device
- device: what the gateway calls a peer; sentences that members read say device
- interaction: Discord's word for a typed command, a pressed button, a menu or a submitted form

Rooms, each of which imports only those above it:

- core: the context every part gets, interactions, buttons, rendering, roles, and the bot's database
- fleet: gateways in several regions as one
- graphs: pictures of the history, and `/traffic`
- games: the ports that each game listens on, and the question that makes its server tell its players
- log: the log channel, fed by the gateway's audit log and by `core.notes`
- access: requests, admission and delivery; `membership` takes access away again
- matches: cards of announced matches
- ports: opening, suggestions, reminders, and proofs that players can join
- nights: game nights, with their ports and events
- admin: lists, details, revoking
- panel: the live message, posts, and the bot's presence
- setup: the form of `/setup`
"""
