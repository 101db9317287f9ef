"""Records: what each field of a record is, said once for its form, file, sheets and JSON.

- controls: those of a record on a form
- fields: descriptions of fields, on the class of the record
- files: columns of a record in a file, and what its rows say
- kinds: kinds of values that several records have
"""
