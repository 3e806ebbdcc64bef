"""What stands between a client and the routes: names, headers, bodies, accounts, sessions, tokens, forgery, audit.

`stack.guard` puts it around the application; `Safety` is what the rest of the service asks and tells.
"""
