"""Tests marked `kernel` run where the kernel has WireGuard: in the guest of test_in_vm.py, or on such a host."""

from __future__ import annotations

import pytest

from tests.kernel.test_data_path import HAS_IPV6
from tests.namespace import has_kernel_wireguard


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("without_ipv6") and HAS_IPV6:
        pytest.skip("the running kernel has IPv6; test_in_vm.py runs this on one that has none")
    if item.get_closest_marker("kernel") and not has_kernel_wireguard():
        pytest.skip("the running kernel has no WireGuard; test_in_vm.py runs this on one that has")
