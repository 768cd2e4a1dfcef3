"""A fleet: gateways in several regions, which the bot asks like one. One gateway alone is a fleet of one."""
