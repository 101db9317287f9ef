"""Starts the whole server group again and again, from a process that has imported it once.

Each line `start` on the standard input forks a new group, leader of its own session, and answers
with its process id; what runs in it is `consultation serve` with the settings of the environment.
"""

import os
import signal
import sys

from consultation import running


def main():
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # no zombies
    for _line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.setsid()
            os.close(0)
            os._exit(running.serve({}, lambda _sentence: None))
        print(pid, flush=True)


if __name__ == "__main__":
    main()
