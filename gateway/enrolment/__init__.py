"""How a place comes into the fleet and leaves it: `guildgate fleet add`, `enrol`, `fleet remove`.

    bot's host: command.py ── ledger.py: numbers, subnets, the authority ──▶ server.py: what nats-server runs by
                   │ one line (line.py), a secret: goes by hand
    new VPS:    joining.py ── bus_file, key_file, [fleet] in config.toml

Each place has one secret of 32 bytes (secret.py), of which its keys are made. The ledger keeps only public halves, so
the line is the one copy until it is used. `certificates.py` is the fleet's own authority; no other one is asked.
"""
