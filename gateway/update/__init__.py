"""`guildgate update`: takes the newest release, and goes back by itself when it does not start.

`repository` fetches and verifies tags. `place` builds a version in a folder of its own, and tries its migrations on
copies. `switch` leads `current` to it, with a plan on the disk by which a start knows what to do after a power cut.
`runner` is what runs the program: services of systemd, or `./run`. `command` puts these in order.
"""
