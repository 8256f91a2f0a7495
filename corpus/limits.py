"""What reading one file may cost, and how a process is held to it."""

from __future__ import annotations

import resource
import signal
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """`seconds` of wall clock, `memory` and `bytes` (of the file) in bytes, `pages`, `characters` of canonical text, `passages`.

    `ocr`: read pages that are pictures with tesseract.
    """

    seconds: int = 60
    memory: int = 600_000_000
    bytes: int = 20_000_000
    pages: int = 200
    characters: int = 400_000
    passages: int = 10_000
    ocr: bool = False


def confine(limits: Limits) -> None:
    """Holds this process to the limits for good: the kernel ends it when its time is up, and gives it no more memory and no file to write.

    For a child process only. Where the system has no such limit (macOS: memory), the others hold.
    """
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, limits.seconds)
    asked = [(resource.RLIMIT_CORE, 0), (resource.RLIMIT_NOFILE, 64), (resource.RLIMIT_AS, limits.memory)]
    bounds = [(what, most, most) for what, most in asked + ([] if limits.ocr else [(resource.RLIMIT_FSIZE, 0)])]
    # past the hard limit of processor time the kernel kills without a word; the soft one says why (SIGXCPU)
    for what, most, hardest in [(resource.RLIMIT_CPU, limits.seconds, limits.seconds + 5), *bounds]:
        try:
            resource.setrlimit(what, (most, hardest))
        except (OSError, ValueError):
            continue
