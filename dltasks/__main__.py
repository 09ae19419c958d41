"""`python -m dltasks` is `dltasks`."""

from dltasks.cli import main

main()
