"""Documents for the public: files, made once, that only their texts open; sentences.

- files: files of the public, by what they say
- frozen: files of published editions, made before a reader asks
- handlers: answers with a file, written for who wants it first
- summary: what a document holds and what changed, in sentences that follow from figures
"""
