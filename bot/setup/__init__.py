"""The set-up in Discord: the command /setup with its one-time code, and the form with the choices."""
