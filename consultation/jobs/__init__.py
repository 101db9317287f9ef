"""Work that waits: the queue and the loop of the worker."""
