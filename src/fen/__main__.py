"""`python -m fen`: hands over to the command line."""

from fen.cli import main

if __name__ == "__main__":
    main()
