"""A second machine that can go on as the gateway of a region: sealed copies of the first one's state.

    active:   state/copies.py ── making.py ── copy.py ──▶ the socket's `follow` ──▶ courier, bus, courier
    standby:  copy.py ── kept.py, the newest on its disk ── install.py, once turn.py says that it is the active one

The active one seals each copy for the key of its standby, so the bus and both couriers carry what they cannot read.
"""
