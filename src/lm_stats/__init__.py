"""Labour-migration statistics for member states of the Southern African region.

A library of pure functions over declarations and frames. It has never heard of the orchestrator
or of the command line; those are in `pipelines`. The public surface is what stands in `__all__`
here and in the packages `spec`, `estimate`, `protect`, `publish`, `exchange` and `audit`.
"""
