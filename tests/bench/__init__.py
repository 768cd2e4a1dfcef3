"""How fast the data path and the gateway are, each time beside an alternative in the same run.

sudo python -m tests.bench [--json FILE] [names...]
"""
