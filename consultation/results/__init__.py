"""Results: what the responses say, and what of it is public.

- coverage/: who has been heard and who has not
- indicators/: verdicts and proposed wordings, one by one
- public/: pages, files and pictures of published figures
- publication/: disclosure control and snapshots
- tallies/: counts of answers, kept as responses come in
- consensus: median, IQR, IPRAS
- models: tables
"""
