"""`python -m service.cli` is `eligibility`."""

from service.cli import main

main()
