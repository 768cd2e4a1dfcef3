"""The process that serves numbers about the gateway, for monitoring: `/metrics` and `/health`, and nothing else.

    gateway ◀── GetMeasures ── source.py ──▶ exposition.py   OpenMetrics
                                      └────▶ server.py       a Unix socket, and a TCP port where one is configured

It has no capability, and its system user may ask the gateway for this one operation.
"""
