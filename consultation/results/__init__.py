"""Results: figures of the responses, for staff and for the public.

- coverage/: which groups have responded, on which measures
- indicators/: summaries, verdicts and proposed wordings
- overview/: all indicators of a round on one page
- proposed_values/: numbers that respondents give for indicators, to be taken over or not
- public/: pages, files and pictures of published figures
- publication/: disclosure control and snapshots
- tallies/: stored counts of answers, refreshed after each change
- consensus: median, quartiles and IPRAS of ratings
- models: tables
"""
