"""The application: the command line and the orchestrator around the library `lm_stats`.

Here belongs what knows about folders, keys, locks, staleness and Dagster: which delivery stands,
what is to be made again, how an output takes the place of the last good one. What a number means
is decided in `lm_stats`, never here.
"""
