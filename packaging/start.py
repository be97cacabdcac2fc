"""Entry of the bundle: the window when it is started as ``fit-planner-gui``, else the same program as ``fit-planner``."""

import multiprocessing
import sys
from pathlib import Path

WINDOW = "fit-planner-gui"

if __name__ == "__main__":
    multiprocessing.freeze_support()
    if Path(sys.argv[0]).name.startswith(WINDOW):
        from ui.app import main
    else:
        from ui.launch import main
    raise SystemExit(main())
