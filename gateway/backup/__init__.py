"""Backups: what a guildgate needs to live on another machine, in one file.

`archive` is the content and `sealed` its encryption. `collect` takes it from this machine, `place` puts it there, and
`automatic` makes one each day.
"""
