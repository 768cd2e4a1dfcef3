"""The conversation at the demo's prompt. Ctrl-C clears the line or ends the command that runs; Ctrl-D ends the demo."""

from __future__ import annotations

import asyncio
import sys
from contextlib import AsyncExitStack
from pathlib import Path

from gateway.demo.prompt import WELCOME, Prompt
from gateway.demo.stage import Stage
from gateway.demo.style import dim, wrapped

_ENDS = ("quit", "exit", "/quit", "/exit")


def converse(directory: Path) -> int:
    """Answer lines from standard input, a terminal or a pipe, until `quit` or the end. Return the exit code.

    The loop does not run while a line is typed, because only commands need it: all else are processes of their own.
    """
    if sys.stdin.isatty():
        import readline  # noqa: F401 - input() edits lines by it, with a history
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        try:
            stage = runner.run(stack.enter_async_context(Stage.open(directory)))
            prompt = Prompt(stage)
            print(wrapped(WELCOME))
            while _turn(runner, prompt):
                pass
        finally:
            runner.run(stack.aclose())
    return 0


def _turn(runner: asyncio.Runner, prompt: Prompt) -> bool:
    """Read a line and answer it; report whether there is another turn."""
    try:
        line = _read_line(f"{prompt.name}> ")
        if line is None or line in _ENDS:
            return False
        if line:
            said = runner.run(prompt.answer(line))
            print(f"{said}\n" if said else "")
    except KeyboardInterrupt:
        print(dim("\nStopped.\n"))
    return True


def _read_line(prompt: str) -> str | None:
    """Return the next line, or None at the end: that of the input, Ctrl-D, or Ctrl-C twice."""
    is_first = True
    while True:
        try:
            line = input(prompt)
        except EOFError:
            print()
            return None
        except KeyboardInterrupt:
            is_empty = not _begun()
            if not sys.stdin.isatty() or (is_empty and not is_first):
                print()
                return None
            print(dim("\nCtrl-C again, or Ctrl-D, ends the demo.") if is_empty else "")
            is_first = False
            continue
        if not sys.stdin.isatty():
            print(line)  # so that the log of a piped session reads like a session
        return line.strip()


def _begun() -> str:
    """Return what stands in the line that Ctrl-C ended."""
    import readline

    return readline.get_line_buffer().strip()
