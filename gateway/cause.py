"""What the gateway's doctor finds wrong, by stable names.

The terminal's sentences stand with the checks in `gateway/doctor`. Discord's stand in the catalogue, as
`finding-<cause>`.
"""

from __future__ import annotations

from enum import StrEnum


class Cause(StrEnum):
    """The name of a finding that is not well. It is never renamed, and has the same values in each language."""

    UNREAD = "unread"  # a check could not look
    PRIVILEGES = "privileges"
    CONTAINER = "container"  # root without CAP_NET_ADMIN
    NO_WIREGUARD = "no_wireguard"  # of the kernel's, which the configuration asks for
    NO_WIREGUARD_GO = "no_wireguard_go"
    NO_TUN = "no_tun"
    NO_NFTABLES = "no_nftables"
    NO_LIBNFTABLES = "no_libnftables"
    NO_CONNTRACK = "no_conntrack"
    FEW_FLOWS = "few_flows"
    FEW_BUCKETS = "few_buckets"
    IPV4_ONLY = "ipv4_only"
    NO_FORWARDING = "no_forwarding"
    REVERSE_PATH = "reverse_path"
    WAY_OUT = "way_out"
    DEVICES_ASTRAY = "devices_astray"
    DEVICES_NOWHERE = "devices_nowhere"
    RESERVED_PORTS = "reserved_ports"
    STATE_UNWRITABLE = "state_unwritable"
    STATE_EXPOSED = "state_exposed"
    # Other programs' rules.
    FIREWALL_PLAYERS = "firewall_players"
    FIREWALL_DEVICES = "firewall_devices"
    FIREWALL_FLOWTABLE = "firewall_flowtable"
    FIREWALL_DOUBT = "firewall_doubt"
    FIREWALL_LEGACY = "firewall_legacy"
    FIREWALL_HIDDEN = "firewall_hidden"
    FIREWALL_CRASH = "firewall_crash"
    MARK_WRITTEN = "mark_written"
    MARK_COMPARED = "mark_compared"
    MARK_SHARED = "mark_shared"
    # The public address.
    NO_ROUTE = "no_route"
    NO_INTERFACE = "no_interface"
    NO_ADDRESS = "no_address"
    ADDRESS_SHARED = "address_shared"
    ADDRESS_PRIVATE = "address_private"
    ADDRESS_UNRESOLVED = "address_unresolved"
    ADDRESS_LAN = "address_lan"
    ADDRESS_OTHER = "address_other"
    SUBNET_TAKEN = "subnet_taken"
    MTU_UPLINK = "mtu_uplink"
    MTU_PATH = "mtu_path"
    LISTEN_PORT = "listen_port"
    ACCEPT_RA = "accept_ra"
    SOCKET_USER = "socket_user"
    CLOCK_WRONG = "clock_wrong"
    CLOCK_SET_BACK = "clock_set_back"
    CLOCK_ALONE = "clock_alone"
    NO_ANSWER = "no_answer"
    OTHER_VERSION = "other_version"
    BARE_ADDRESSES = "bare_addresses"
    DISK_FULL = "disk_full"
    DISK_FILES = "disk_files"
    JOURNAL_FULL = "journal_full"
    DATABASE_UNREADABLE = "database_unreadable"
    DATABASE_DAMAGED = "database_damaged"
    DATABASE_NEWER = "database_newer"
    DATABASE_OWNER = "database_owner"
    DATABASE_EXPOSED = "database_exposed"
    BACKUPS_UNREADABLE = "backups_unreadable"
    NO_BACKUP = "no_backup"
    OLD_BACKUP = "old_backup"
