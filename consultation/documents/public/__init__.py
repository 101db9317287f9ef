"""Files of documents for the public: made once, kept where only their texts open them.

- files: files of the public, by what they say
- frozen: files of published editions, made before a reader asks
- handlers: answers with a file, written for who wants it first
"""
