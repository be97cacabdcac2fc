"""Entry of the bundle's window: the same function as the installed ``fit-planner-gui``."""

import multiprocessing

from ui.app import main

if __name__ == "__main__":
    multiprocessing.freeze_support()
    raise SystemExit(main())
