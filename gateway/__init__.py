"""The privileged half: it owns WireGuard, nftables and all state, and serves them on a Unix socket.

The data's way::

    the bot, or `guildgate` in a terminal
      |  api/client.py         a Request as JSON
    ==|== Unix socket ======== a caller is known by SO_PEERCRED
      |  api/server.py         accept > connection > dispatch > decode
      v
    state/operations.py        one method for each operation
      |  state/planner.py      Desired > Desired, or an error: pure
      v
    state/reconciler.py        one transaction, or the way back
      |
      +-> nftables/table.py    one nftables table         --- notices --+
      +-> state/store.py       SQLite                                   |
      +-> wireguard/           the kernel, or wireguard-go              +-> state/repairs.py > reconciler
      +-> nftables/flows.py    conntrack                                |
      +-> host/                links, sysctls, sockets    --- notices --+

`daemon` opens and closes all of it. `offline` opens it for one command while no gateway runs. `supervisor` keeps this
process and the bot running.

Words used in all rooms:

- caller: the process at the other end of the socket
- actor: the member or admin that a request is made for
- peer: a member's device; sentences that members read say device
- forward: public ports that lead to a peer; its slot is in the conntrack mark of its flows
- flow: one entry of conntrack
- uplink: an interface that faces the Internet
"""
