"""Entry of the bundle's command line: the same function as the installed ``fit-planner``."""

import multiprocessing

from ui.launch import main

if __name__ == "__main__":
    multiprocessing.freeze_support()
    raise SystemExit(main())
