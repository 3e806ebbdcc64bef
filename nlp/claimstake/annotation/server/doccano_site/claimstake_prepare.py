"""Bring the database up to date and add accounts; what to do comes as JSON on standard input, passwords with it.

Input: {"migrate": true, "accounts": [{"name": "...", "password": "...", "superuser": false}]}.
Output, the last line: {"made": [names], "refused": {name: [reasons]}}; an account that is there stays as it is.
"""

import json
import sys

import django
from django.core.management import call_command


def main():
    """Read, do, tell."""
    task = json.load(sys.stdin)
    django.setup()
    if task["migrate"]:
        migrate()
    made, refused = [], {}
    for account in task["accounts"]:
        reasons = add(**account)
        if reasons:
            refused[account["name"]] = reasons
        elif reasons is not None:
            made.append(account["name"])
    print(json.dumps({"made": made, "refused": refused}))  # noqa: T201


def migrate():
    """Make or update the tables, and doccano's roles."""
    from django.db import connection

    connection.cursor().execute("PRAGMA journal_mode = WAL")
    call_command("migrate", verbosity=0, interactive=False)
    call_command("create_roles")


def add(name, password, superuser):
    """Reasons why an account is refused, empty when it was made; None when it is there."""
    from django.contrib.auth import get_user_model
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError

    users = get_user_model().objects
    if users.filter(username=name).exists():
        return None
    user = get_user_model()(username=name, is_superuser=superuser, is_staff=superuser)
    try:
        user.set_unusable_password()
        user.full_clean(exclude=["password"])
        validate_password(password, user)
    except ValidationError as error:
        return list(error.messages)
    user.set_password(password)
    user.save()
    return []


if __name__ == "__main__":
    main()
