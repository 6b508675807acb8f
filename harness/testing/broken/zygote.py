"""A zygote that is broken in the way its argument says: what the broker makes of it is a fault of the machine."""

from __future__ import annotations

import os
import socket
import struct
import sys
import time

control = socket.socket(fileno=int(os.environ["OPENXPU_CONTROL"]))
how = sys.argv[1]
print("\0\x1b[31mnot a report\n" * 1000, flush=True)
if how == "dies":
    sys.exit(7)
if how == "garbage":
    control.send(os.urandom(500))
    time.sleep(60)
control.send(b'{"packages": {}}')
control.recv(4096)
if how == "gone":
    os._exit(9)
if how == "nonsense":
    control.send(b"nonsense")
elif how == "stranger":
    control.send(struct.pack("ii", int(sys.argv[2]), 0))
time.sleep(60)
