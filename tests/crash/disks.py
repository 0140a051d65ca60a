"""Disks that can be filled: a small file system of its own, or a limit on how large a process's files may become."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

BLOCK = 4096


class Disk(Protocol):
    """Something that fills up and is freed again while these processes write."""

    def fill(self, pids: Sequence[int | None]) -> None:
        """Leave no room."""
        ...

    def free(self, pids: Sequence[int | None]) -> None:
        """Make room again."""
        ...


class SmallDisk:
    """A mounted file system, filled by a file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._filler = folder / "filler"

    def fill(self, pids: Sequence[int | None]) -> None:
        with self._filler.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"\0" * BLOCK)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise

    def free(self, pids: Sequence[int | None]) -> None:
        self._filler.unlink()


class FileSizeLimit:
    """Needs no rights: no file of the processes may grow past one block (RLIMIT_FSIZE), so every write of a journal
    fails as on a full disk."""

    def fill(self, pids: Sequence[int | None]) -> None:
        self._limit(pids, BLOCK)

    def free(self, pids: Sequence[int | None]) -> None:
        self._limit(pids, resource.RLIM_INFINITY)

    def _limit(self, pids: Sequence[int | None], soft: int) -> None:
        for pid in pids:
            if pid is not None:
                _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def mounted(folder: Path, megabytes: int) -> Iterator[SmallDisk | None]:
    """A file system of this size, or None where this account may not mount one."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "parvaneh-crash", str(folder)]
    try:
        done = os.geteuid() == 0 and subprocess.run(command, check=False, capture_output=True).returncode == 0
    except FileNotFoundError:
        done = False
    if not done:
        yield None
        return
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True, capture_output=True)
