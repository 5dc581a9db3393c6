"""Run the command line with ``python -m corrin``."""

from corrin.faces.cli import main

if __name__ == "__main__":
    main()
