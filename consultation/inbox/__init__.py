"""Inbox: mail that comes in, and what becomes of it.

- collection/: fetching new messages from a mailbox or from files
- parsing/: what one mail says, whoever wrote it and however
- attachments: encrypted attachment files
- confirmation: asks a sender to confirm authorship
- decisions: message to responses; state changes of a message
- erasure: retention of old messages; erasure hook for respondents
- forms: conversion form
- labels: French labels
- matching: matches In-Reply-To to our deliveries; finds measures named in a text; proposes
  measures for a mail
- models: tables
- queries: staff queries
- storage: duplicate detection; stores a message
- views: that public page; staff pages
"""
