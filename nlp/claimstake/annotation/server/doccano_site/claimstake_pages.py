"""Answers of our own, and what is added to doccano's."""

from django.http import HttpResponseNotFound

# Pages of doccano call video and counting services, which would learn of the host and its projects.
POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)


def at_home(answer):
    """Middleware: a browser loads nothing from elsewhere and sends nothing there."""

    def answered(request):
        response = answer(request)
        response["Content-Security-Policy"] = POLICY
        return response

    return answered


def not_found(request, exception):
    """doccano has no page of its own for this."""
    return HttpResponseNotFound("Not found\n", content_type="text/plain")
