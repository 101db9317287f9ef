"""Decisions on indicators: what becomes of what respondents say, and editions of the plan.

- announcements/: one mail about an edition to whoever spoke on what it decides
- staff/: the pages on which organisers decide and publish
- basis: the texts that each decision rests on, as far as they may be read
- bulk: indicators that nobody contests, kept in one act, and the act taken back
- content: frozen content of an edition, axes, measures and indicators as they stand
- decide: decisions stored, drafts of them, and what makes one stale
- editions: prepared, checked, published with the decisions that they carry out
- labels: outcomes and changes, for the public and the team
- models: tables
- oddities: what a person confirms before a decision is stored
- public/: public pages, files and feed of decisions
- published: what editions carried out, and what each rests on
- recorded: all decisions, published or not, and the texts that each changed
- respondent_outcomes: what became of each thing that one respondent said
"""
