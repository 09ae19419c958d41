"""One trainer for every task: strategy, stages, callbacks, resume."""
