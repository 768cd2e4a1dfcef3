"""Benchmarks of the data path and the gateway, each beside an alternative in the same run.

sudo python -m tests.bench [--json FILE] [names...]
"""
