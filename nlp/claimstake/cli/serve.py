"""The serve command: the analyst's desk."""

from __future__ import annotations

import getpass
import json
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from claimstake.cli.guard import guarded
from claimstake.cli.options import Configs
from claimstake.errors import ConfigError

if TYPE_CHECKING:
    from claimstake.service.serving import Certificate
    from claimstake.service.settings import Settings

NEEDED = ("fastapi", "uvicorn", "jinja2", "multipart", "prometheus_client", "swagger_ui_bundle")


@guarded
def serve(
    db: Annotated[
        str,
        typer.Option(
            "--db",
            "-d",
            help="Where claims are: a SQLite file (made where there is none), or postgresql://user@host/name.",
        ),
    ] = "claims.db",
    host: Annotated[
        str, typer.Option(help="Address to listen on; any other than this machine's own asks for a login.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = 8321,
    name: Annotated[
        list[str] | None,
        typer.Option("--name", help="Name by which browsers reach it, behind a proxy say. May be repeated."),
    ] = None,
    user: Annotated[
        str | None, typer.Option(help="Who judges where no login is asked for; the user of this machine.")
    ] = None,
    accounts: Annotated[bool, typer.Option("--accounts", help="Ask for a login on this machine too.")] = False,
    workers: Annotated[
        int | None, typer.Option("--workers", "-j", min=1, help="Processes that annotate; as many as there are cores.")
    ] = None,
    config: Configs = None,
    max_request: Annotated[
        float, typer.Option("--max-request", min=0.1, max=500, help="Megabytes of a request at most.", metavar="MB")
    ] = 10,
    timeout: Annotated[float, typer.Option(min=1, max=600, help="Seconds that one document may take.")] = 30,
    certificate: Annotated[
        Path | None, typer.Option(help="Certificate (PEM) for https, with those of its issuers.", metavar="FILE")
    ] = None,
    key: Annotated[
        Path | None, typer.Option(help="Key of the certificate, where that file does not hold it.", metavar="FILE")
    ] = None,
    behind_proxy: Annotated[
        bool,
        typer.Option(
            "--behind-proxy", help="A proxy of yours speaks https before it; its X-Forwarded-* headers are believed."
        ),
    ] = False,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Let passwords go over http:// from other machines, in the clear.")
    ] = False,
    open_: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Tell as JSON on standard output when it is ready.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")] = False,
) -> None:
    """Serve the analyst's desk: pages to read, judge and search claims, and an HTTP API.

    The API is described at /docs. Ctrl-C ends it; what has been begun is finished, which a second Ctrl-C cuts short.

    \b
    claimstake archive news/ && claimstake serve              what is in claims.db
    claimstake serve --db news.db --open                      another file, and a browser
    claimstake serve --db postgresql://me@host/news -j 4
    claimstake account add mei                                for others, with a login:
    claimstake serve --host 0.0.0.0 --certificate desk.pem --name desk.example
    curl -d 'China suspended …' -H 'Content-Type: text/plain' http://127.0.0.1:8321/v1/annotate
    """
    if missing := [module for module in NEEDED if find_spec(module) is None]:
        raise ConfigError(f'serve needs {", ".join(missing)}; pip install "claimstake[desk]"')
    from claimstake.archive.run import cores
    from claimstake.service.settings import Limits, Settings

    settings = Settings(
        database=db,
        host=host,
        port=port,
        names=tuple(name or ()),
        user=user or _user(),
        accounts=accounts,
        secure=certificate is not None or (behind_proxy and not insecure),
        proxied=behind_proxy,
        insecure=insecure,
        workers=workers or cores(),
        configs=tuple(config or ()),
        limits=Limits(body=int(max_request * 1_000_000), annotating=timeout),
    )
    run(settings, _certificate(certificate, key), open_=open_, as_json=as_json, quiet=quiet)


def run(settings: Settings, certificate: Certificate | None, *, open_: bool, as_json: bool, quiet: bool) -> None:
    """Serve until it is ended; see `serve`."""
    from claimstake.cli.waiting import spinner, stepped
    from claimstake.service.opening import opened
    from claimstake.service.serving import address_of, bound, serve
    from claimstake.store.opening import shown

    with bound(settings.host, settings.port) as listener, ExitStack() as kept, ExitStack() as loading:
        with stepped("reading claims", quiet=quiet) as tell:
            desk = kept.enter_context(opened(settings, lambda done, of: tell({"at": done, "of": of})))
        address = address_of(listener, secure=certificate is not None)
        loading.enter_context(spinner("loading the pipeline", quiet=quiet))

        def ready() -> None:
            loading.close()
            if as_json:
                typer.echo(json.dumps({"ready": address, "database": shown(settings.database)}))
            elif not quiet:
                typer.echo(f"{address}/ serves {shown(settings.database)}; Ctrl-C ends it", err=True)
            if open_:
                typer.launch(f"{address}/")

        serve(desk, listener, certificate=certificate, ready=ready)


def _certificate(chain: Path | None, key: Path | None) -> Certificate | None:
    from claimstake.service.serving import Certificate

    if chain is None:
        if key is not None:
            raise ConfigError("--key belongs to a certificate; add --certificate")
        return None
    for path in filter(None, (chain, key)):
        if not path.is_file():
            raise ConfigError(f"{path} does not exist; name a PEM file")
    return Certificate(chain, key)


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # of a container, without a name
        return "analyst"
