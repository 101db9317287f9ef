"""Web: request checks, permissions, headers, error pages, forms, typography of all pages.

- site/: health, accessibility and security statements
- compression: gzip of pages, static files and cached pages
- csrf: CSRF protection of staff pages
- errors: texts and handlers of the error pages
- forms: staff forms on WTForms, with cleaned fields and French errors
- headers: security and cache headers, versioned addresses of static files
- locale: locale of a page, from its address
- markdown: Markdown subset of organisers' texts
- navigation: menu entries by permission, pagination of lists
- page_cache: pages made once: kept compressed, or rendered with placeholders to be filled in
- permissions: permissions, `requires`, current actor
- rate_limits: limits, keys and counts in a SQL storage
- request_body: checks of request bodies: form or file, UTF-8, size
- session_cookie: cookie of the staff session
- typography: French typography, dates, numbers, plurals
- uploads: files that the staff uploads
"""
