"""`python -m launcher`, which `./dev` calls."""

from launcher.cli import main

if __name__ == "__main__":
    main()
