"""Runs a command at a pseudo-terminal and presses keys when it has said something.

Reads a request as JSON from standard input and writes what was seen as JSON to standard output;
see terminal.ts.
"""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time

request = json.load(sys.stdin)
pid, terminal = pty.fork()
if pid == 0:
    os.chdir(request["cwd"])
    os.environ.update(request["env"])
    os.execvp(request["command"][0], request["command"])
size = struct.pack("HHHH", request["rows"], request["columns"], 0, 0)
fcntl.ioctl(terminal, termios.TIOCSWINSZ, size)

presses = [dict(press, pattern=re.compile(press["when"])) for press in request["presses"]]
said = ""
due = None  # When the next press comes, once its pattern has been seen.
end = time.monotonic() + request["seconds"]
hung = False
while True:
    now = time.monotonic()
    if now > end:
        hung = True
        # The terminal's whole group, as when its window is closed for good.
        os.killpg(pid, signal.SIGKILL)
        break
    if presses and due is None and presses[0]["pattern"].search(said):
        due = now + presses[0]["after"]
    if due is not None and now >= due:
        press, due = presses.pop(0), None
        if press["signal"]:
            os.kill(pid, getattr(signal, press["signal"]))
        elif press["close"]:
            os.close(terminal)
            terminal = None
            break
        else:
            os.write(terminal, press["keys"].encode())
    if not select.select([terminal], [], [], 0.02)[0]:
        continue
    try:
        piece = os.read(terminal, 65536)
    except OSError:  # Linux's way of saying that nobody has the other end open.
        break
    if not piece:
        break
    said += piece.decode("utf-8", "replace")

_, status = os.waitpid(pid, 0)
code = 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
json.dump({"code": code, "hung": hung, "said": said, "unpressed": len(presses)}, sys.stdout)
