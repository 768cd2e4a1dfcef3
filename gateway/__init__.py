"""The privileged half: owns WireGuard, nftables and all state, and serves them on a Unix socket."""
