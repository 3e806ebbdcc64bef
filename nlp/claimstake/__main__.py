"""`python -m claimstake` is the command line."""

from claimstake.cli import main

if __name__ == "__main__":
    main()
