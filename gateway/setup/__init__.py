"""`guildgate setup`: from a bot's token to a form in Discord. It asks at the terminal, and writes once all is known."""
