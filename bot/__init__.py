"""The unprivileged half: turns slash commands into requests to the gateway, and what happens there into messages.

In the data's way: `app` receives, `interaction` acknowledges and asks `policy` who may, `commands` and `admin` ask the
gateway, `render` and the other pure modules make messages of its answers with the words of `texts`. What lives longer
than one answer has a value, a service and buttons of its own:

- access: `requests`, `admission`, `requestbuttons`, `welcome`, `grants`; `membership` takes it away again
- hosting: `offer`, `games`, `duration`, `reminders`
- whether players can join: `hops`, `proof`, `probe`
- match cards: `card`, `cards`, `cardbuttons`
- admins: `overview`, `details`, `pages`, `revoke`; their log channel: `entries`, `logbook`

Services run in `service`, and remember in `memory`.
"""
