"""The steps of the gateway's database, each from one version to the next. Old ones never change."""

from __future__ import annotations

from gateway.sqlite import Steps

STANDBY_KEY, TERM, TERM_BEFORE, GIVEN_UP = "standby_key", "copies_term", "copies_term_before", "given_up"
"""Notes about a standby: its key, the present term of copies (copies.py) and the one before, and that the other machine
has gone on."""

OF_THE_HOST = ("reserved_ports", "sysctl", "problems", GIVEN_UP)
"""Notes about the machine: what was borrowed there, what did not work, and whether its standby went on."""

STEPS: Steps = (
    """
    CREATE TABLE peers (
        id INTEGER PRIMARY KEY,
        owner TEXT NOT NULL,
        owner_name TEXT NOT NULL,
        device TEXT NOT NULL COLLATE NOCASE,
        public_key TEXT NOT NULL UNIQUE,
        preshared_key TEXT NOT NULL,
        ipv4 TEXT NOT NULL UNIQUE,
        ipv6 TEXT UNIQUE,
        mode TEXT NOT NULL,
        created_at TEXT NOT NULL,
        UNIQUE (owner, device)
    ) STRICT;
    CREATE TABLE forwards (
        id INTEGER PRIMARY KEY,
        peer_id INTEGER NOT NULL REFERENCES peers (id) DEFERRABLE INITIALLY DEFERRED,
        protocol TEXT NOT NULL CHECK (protocol IN ('tcp', 'udp', 'both')),
        first_port INTEGER NOT NULL CHECK (first_port BETWEEN 1 AND 65535),
        last_port INTEGER NOT NULL CHECK (last_port BETWEEN first_port AND 65535),
        to_port INTEGER NOT NULL CHECK (to_port BETWEEN 1 AND 65535),
        created_at TEXT NOT NULL
    ) STRICT;
    CREATE INDEX forwards_peer ON forwards (peer_id);
    CREATE TABLE resting (ipv4 TEXT PRIMARY KEY, until TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE audit (
        id INTEGER PRIMARY KEY,
        at TEXT NOT NULL,
        actor TEXT NOT NULL,
        actor_name TEXT NOT NULL,
        action TEXT NOT NULL,
        subject TEXT NOT NULL,
        detail TEXT NOT NULL
    ) STRICT;
    CREATE TABLE requests (id TEXT PRIMARY KEY, at TEXT NOT NULL, answer TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE notes (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    """,
    """
    ALTER TABLE peers ADD COLUMN expires_at TEXT;
    ALTER TABLE peers ADD COLUMN suspended_at TEXT;
    ALTER TABLE forwards ADD COLUMN expires_at TEXT;
    ALTER TABLE forwards ADD COLUMN label TEXT NOT NULL DEFAULT '';
    """,
    """
    CREATE TABLE closed (
        protocol TEXT NOT NULL,
        first_port INTEGER NOT NULL,
        last_port INTEGER NOT NULL,
        until TEXT NOT NULL,
        PRIMARY KEY (protocol, first_port, last_port)
    ) STRICT, WITHOUT ROWID;
    """,
    """
    ALTER TABLE resting ADD COLUMN owner TEXT NOT NULL DEFAULT '';
    CREATE TABLE joins (owner TEXT NOT NULL, at TEXT NOT NULL) STRICT;
    """,
    """
    CREATE TABLE guests (owner TEXT PRIMARY KEY, until TEXT NOT NULL) STRICT, WITHOUT ROWID;
    """,
    """
    CREATE TABLE erasures (
        alias TEXT PRIMARY KEY, salt TEXT NOT NULL, digest TEXT NOT NULL, at TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    """,
    """
    ALTER TABLE audit ADD COLUMN uid INTEGER;
    """,
    # The answers in the old table held preshared keys.
    """
    DROP TABLE requests;
    CREATE TABLE requests (
        id TEXT PRIMARY KEY, at TEXT NOT NULL, digest TEXT NOT NULL, answer TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    """,
    # `total` counts the bytes of all entries up to this one.
    """
    ALTER TABLE audit ADD COLUMN total INTEGER NOT NULL DEFAULT 0;
    UPDATE audit SET total = counted.total FROM (
        SELECT id, sum(200 + length(subject) + length(detail)) OVER (ORDER BY id) AS total FROM audit
    ) AS counted WHERE counted.id = audit.id;
    CREATE INDEX audit_total ON audit (total);
    """,
    """
    ALTER TABLE forwards ADD COLUMN slot INTEGER NOT NULL DEFAULT 0;
    UPDATE forwards SET slot = id;
    CREATE UNIQUE INDEX forwards_slot ON forwards (slot);
    """,
    # `total` counts as in the audit log.
    """
    ALTER TABLE requests ADD COLUMN total INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX requests_total ON requests (total);
    """,
    """
    CREATE TABLE endpoints (
        public_key TEXT PRIMARY KEY, endpoint TEXT NOT NULL, at TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    """,
    # Each change looks for these, and would read the whole table.
    """
    CREATE INDEX requests_at ON requests (at);
    CREATE INDEX joins_owner ON joins (owner);
    """,
    """
    ALTER TABLE peers ADD COLUMN address TEXT NOT NULL DEFAULT '';
    """,
    """
    ALTER TABLE forwards ADD COLUMN friends_only INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE forwards ADD COLUMN settles_at TEXT;
    CREATE TABLE address_rules (
        forward_id INTEGER NOT NULL, network TEXT NOT NULL, lets_in INTEGER NOT NULL, since TEXT NOT NULL,
        UNIQUE (forward_id, network)
    ) STRICT;
    CREATE TABLE kicked (
        forward_id INTEGER NOT NULL, protocol INTEGER NOT NULL, address TEXT NOT NULL, port INTEGER NOT NULL,
        until TEXT NOT NULL,
        UNIQUE (forward_id, protocol, address, port)
    ) STRICT;
    CREATE TABLE kept_rules (
        owner TEXT NOT NULL, protocol TEXT NOT NULL, first_port INTEGER NOT NULL, last_port INTEGER NOT NULL,
        network TEXT NOT NULL, lets_in INTEGER NOT NULL, since TEXT NOT NULL, until TEXT NOT NULL,
        UNIQUE (owner, protocol, first_port, last_port, network)
    ) STRICT;
    """,
    # Until then a suspension was known by the devices alone. The bot lifts none but its own, which the audit log names.
    """
    CREATE TABLE suspended (owner TEXT PRIMARY KEY, since TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE decisions (
        owner TEXT PRIMARY KEY, id TEXT NOT NULL, at TEXT NOT NULL, suspended INTEGER NOT NULL, revoked_before TEXT
    ) STRICT, WITHOUT ROWID;
    INSERT INTO suspended SELECT owner, min(suspended_at) FROM peers WHERE suspended_at IS NOT NULL GROUP BY owner;
    INSERT INTO decisions
        SELECT owner, 'from before', since, 1, NULL FROM suspended WHERE 'bot' = (
            SELECT actor FROM audit
            WHERE action = 'suspend' AND instr(', ' || subject, ', ' || owner || '/') ORDER BY id DESC LIMIT 1
        );
    DELETE FROM suspended WHERE owner IN (SELECT owner FROM decisions);
    """,
)
