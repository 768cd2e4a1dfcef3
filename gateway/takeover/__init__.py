"""Taking over from another program: its server key, devices, ports and addresses.

`wgquick.py` and `installer.py` read files into the values of `found.py`. `plan.py` decides with the planner what
becomes of them. `apply.py` writes that whole or not at all. `command.py` is `guildgate import`.
"""
