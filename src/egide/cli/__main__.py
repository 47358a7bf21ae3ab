"""``python -m egide.cli``: what the door calls."""

from egide.cli.main import main

main()
