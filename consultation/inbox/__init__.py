"""Inbox: mail that comes in, and what becomes of it.

- collection/: fetching new messages from a mailbox or from files
- parsing/: what one mail says, whoever wrote it and however
- attachments: encrypted attachment files
- confirmation: asks a sender to confirm authorship
- decisions: its states, and the responses that are made from it
- erasure: old messages by retention, and what a respondent had written
- forms: conversion form
- labels: French labels
- matching: which of our mails a message answers, and which measures it speaks of
- models: tables
- queries: staff queries
- storage: each once
- views: those of the staff, and the public one that confirms a contribution
"""
