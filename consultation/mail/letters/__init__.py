"""Letters: rendered once with placeholders, filled in for each mail.

- bodies: bodies of letters in passages, those without placeholders encoded once
- cache: cached letters, which hold nothing of anybody
- placeholders: what stands for the values of one mail while its letter is rendered
"""
