"""Web: what surrounds every page, from permissions to typography.

- site/: health, accessibility and security statements
- compression: gzip after_request; raw deflate pieces for the page cache
- cookies: staff session cookie
- csrf: CSRF check for staff posts
- errors: their pages and words, and what was typed, given back
- forms: staff forms on WTForms, with cleaned fields and French errors
- headers: security and cache headers; versioned addresses of static files
- locale: locale from the address prefix
- markdown: Markdown subset to HTML
- navigation: menu entries by permission, and pages of a list
- page_cache: page fragment cache with placeholders
- permissions: Permission, @requires, current actor
- rate_limits: keys and counts, in a SQL storage that several processes share
- request_body: checks request bodies: form or file, UTF-8, size
- typography: French typography, date and number filters
- uploads: uploaded and downloaded files of staff pages
"""
