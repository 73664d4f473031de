"""``python -m archc``."""

from archc.cli import main

if __name__ == "__main__":
    main()
