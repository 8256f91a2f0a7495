"""The consultants' desk, under /konsulent: behind a login, one module a page."""
