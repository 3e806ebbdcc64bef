"""Pages of our own."""

from django.http import HttpResponseNotFound


def not_found(request, exception):
    """doccano has no page of its own for this."""
    return HttpResponseNotFound("Not found\n", content_type="text/plain")
