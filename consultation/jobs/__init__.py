"""Jobs: a queue in the database and the worker that runs it.

- erase_copies: erasure job: WAL truncate, remove older copies
- models: job and heartbeat tables
- progress: progress reporter and lease renewal
- queue: enqueue, claim, run, settle
- worker: its loop, its periodic tasks, and the heartbeat that `doctor` reads
"""
