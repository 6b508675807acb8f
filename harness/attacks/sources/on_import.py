"""Attacks at import, when the file is loaded: the layout defines which."""

import os
import sys
import time

import torch

if ATTACK == "import_hangs":  # noqa: F821
    while True:
        time.sleep(1)
elif ATTACK == "import_exits":  # noqa: F821
    os._exit(0)
elif ATTACK == "import_raises_exit":  # noqa: F821
    sys.exit(0)
elif ATTACK == "import_forks":  # noqa: F821
    os.fork()
elif ATTACK == "import_replaces_worker":  # noqa: F821
    # The worker's own modules, for whoever comes next in this zygote: only this fork sees them.
    for module in [name for name in sys.modules if name.startswith("openxpu_") or name == "child"]:
        sys.modules[module] = None


def import_attack(x: torch.Tensor, y: torch.Tensor) -> None:
    gate, up = x.chunk(2, dim=1)
    y.copy_(torch.nn.functional.silu(gate) * up)
