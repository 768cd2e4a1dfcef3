"""Inputs that nothing of ours made: each parser gets whatever bytes a fuzzer finds.

`tests/unit/test_fuzz.py` runs a part in every `./test`; `python -m tests.fuzz NAME` searches by coverage.
"""
