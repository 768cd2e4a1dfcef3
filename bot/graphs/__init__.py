"""Graphs of the history: what they show, the process that draws them, and /traffic."""
