"""Jobs: a queue in the database and the worker that runs it.

- attempt_files: files of running attempts, by which the death of a worker is noticed at once
- erase_copies: erasure job: removes copies of erased data, truncates the log
- models: job and heartbeat tables
- progress: attempt at a job, progress reporter, lease renewal
- queue: enqueue, claim, run, settle
- worker: worker loop, periodic tasks, heartbeat that `doctor` reads
"""
