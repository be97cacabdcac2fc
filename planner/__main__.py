"""``python -m planner``: the command line without the window."""

from planner.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
