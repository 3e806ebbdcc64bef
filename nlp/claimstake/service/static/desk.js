// Shared by all pages: keys, requests with the CSRF token.
