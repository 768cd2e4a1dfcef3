"""The unprivileged half: turns slash commands into requests to the gateway."""
