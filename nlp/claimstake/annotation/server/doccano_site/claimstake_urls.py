"""doccano's addresses without those that nobody needs here, or that do harm.

Closed are: Django's own administration, lists of the interface that need no log-in, other firms' log-in, resetting a
password by mail, automatic labelling (its templates run as code on this machine), and uploads that the server fetches
from an address that the caller names.
"""

from config.urls import urlpatterns as doccano
from django.http import Http404
from django.urls import re_path

CLOSED = (
    r"^admin/",
    r"^api-auth/",
    r"^swagger",
    r"^social/",
    r"^v1/auth/password/reset",
    r"^v1/projects/\d+/auto-labeling",
    r"^v1/fp/(?:fetch|load|restore)",
)


def _closed(request):
    raise Http404


urlpatterns = [*(re_path(pattern, _closed) for pattern in CLOSED), *doccano]
handler404 = "claimstake_pages.not_found"
