"""The application: JSON under ``/api``, the page at ``/``."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, FastAPI, Header, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from corrin import __version__
from corrin.provenance import PURPOSE
from corrin.server import limits
from corrin.server.desk import Desk, Refused
from corrin.server.faults import failure
from corrin.server.guard import Guard, TooLarge
from corrin.server.questions import (
    Cancelled,
    CompareQuestion,
    Failure,
    Health,
    InterpretQuestion,
    NerveQuestion,
    RunQuestion,
    Shape,
    WhyQuestion,
)
from corrin.server.shelf import Shelf, ensemble_shipped

Job = Annotated[
    UUID | None,
    Header(alias="X-Corrin-Job", description="Name by which the computation can be cancelled."),
]
Topic = Literal["parameters", "edges", "sources", "validation", "limits"]
_ERRORS: dict[int | str, dict[str, Any]] = {
    code: {"model": Failure, "description": words}
    for code, words in (
        (400, "The body cannot be read."),
        (401, "A token is needed."),
        (403, "Another site or machine asks."),
        (409, "It cannot be computed now."),
        (413, "The body is too large."),
        (422, "Something in the question cannot be used."),
        (429, "Too many questions at once."),
        (499, "Cancelled."),
    )
}
_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/json": {"schema": {"type": "object"}}}}
}
_LONG, _DAY = "public, max-age=31536000, immutable", {"cache-control": "private, max-age=86400"}


def create(*, token: str = "", local: bool = True, desk: Desk | None = None) -> Guard:
    """Return the application.

    Parameters
    ----------
    token : str
        Asked of everybody; empty on loopback.
    local : bool
        Whether it listens on loopback only.
    desk : Desk, optional
        Who answers; one with the usual number of worker processes if not given.
    """
    desk, shelf = desk or Desk(), Shelf()

    @contextlib.asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        desk.open()
        yield
        await desk.close()
        shelf.close()

    app = FastAPI(
        title="corrin explorer",
        version=__version__,
        description=PURPOSE,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        lifespan=life,
    )
    app.state.desk, app.state.shelf = desk, shelf
    app.state.kept = {}
    app.include_router(_api(), prefix="/api")
    _errors(app)
    _page(app)
    return Guard(app, token, local)


def _api() -> APIRouter:
    """Return the routes of the JSON interface."""
    router = APIRouter(responses=_ERRORS)

    @router.get("/health")
    async def health(request: Request) -> Health:
        """Tell how the server is, and how much may be asked for."""
        desk: Desk = request.app.state.desk
        return Health(
            version=__version__,
            model=desk.model,
            ready=desk.ready,
            workers=desk.count,
            waiting=desk.waiting,
            ensemble=ensemble_shipped(),
            population=_shelf(request).state,
            limits=limits.plain(),
        )

    @router.get("/scenarios", responses=_ANSWER)
    async def scenarios(request: Request) -> Response:
        """List the shipped scenarios."""
        return await _kept(request, "scenarios", {})

    @router.get("/choices", responses=_ANSWER)
    async def choices(request: Request) -> Response:
        """List what every picker offers."""
        return await _kept(request, "choices", {})

    @router.get("/experiments", responses=_ANSWER)
    async def experiments(request: Request) -> Response:
        """Show the natural experiments, observed and in the model."""
        return await _kept(request, "experiments", {})

    @router.get("/model/{topic}", responses=_ANSWER)
    async def model(
        request: Request, topic: Topic, q: Annotated[str, Query(max_length=200)] = ""
    ) -> Response:
        """Search what the model is made of; `q` are words that must occur."""
        question = {"topic": topic, "q": q}
        if not q.strip():
            return await _kept(request, "search", question)
        return await _asked(request, "search", question)

    @router.post("/run", responses=_ANSWER)
    async def run(request: Request, question: RunQuestion, job: Job = None) -> Response:
        """Simulate a person: curves, flows, story, key dates, and the healthy twin."""
        return await _posted(request, "run", question, job)

    @router.post("/why", responses=_ANSWER)
    async def why(request: Request, question: WhyQuestion, job: Job = None) -> Response:
        """Share a symptom among the mechanisms that cause it."""
        return await _posted(request, "why", question, job)

    @router.post("/nerve", responses=_ANSWER)
    async def nerve(request: Request, question: NerveQuestion, job: Job = None) -> Response:
        """Examine a person's nerves at one time."""
        return await _posted(request, "nerve", question, job)

    @router.post("/compare", responses=_ANSWER)
    async def compare(request: Request, question: CompareQuestion, job: Job = None) -> Response:
        """Show up to four treatments side by side."""
        return await _posted(request, "compare", question, job)

    @router.post("/interpret", responses=_ANSWER)
    async def interpret(request: Request, question: InterpretQuestion, job: Job = None) -> Response:
        """Read a person's results; nothing of them is kept."""
        shelf = _shelf(request)
        if shelf.state in ("missing", "making"):
            shelf.make()
            raise Refused(
                409,
                "the reference population is being made on this machine",
                "ask again in some minutes; 'corrin interpret --build 100000' makes it as well",
            )
        return await _posted(request, "interpret", question, job)

    @router.post("/jobs/{job}/cancel")
    async def cancel(request: Request, job: UUID) -> Cancelled:
        """End a computation that was sent with this name."""
        desk: Desk = request.app.state.desk
        return Cancelled(cancelled=desk.cancel(str(job)))

    return router


def _shelf(request: Request) -> Shelf:
    """Return what this installation has, as far as workers have told."""
    shelf: Shelf = request.app.state.shelf
    if shelf.there is None:
        shelf.there = request.app.state.desk.population
    return shelf


async def _posted(request: Request, name: str, question: Shape, job: UUID | None) -> Response:
    """Answer a question."""
    plain = question.model_dump(exclude_none=True)
    return await _asked(request, name, plain, None if job is None else str(job))


async def _asked(
    request: Request, name: str, plain: Mapping[str, Any], job: str | None = None
) -> Response:
    """Ask the desk, and give up when the browser has gone away."""
    desk: Desk = request.app.state.desk
    asking = asyncio.ensure_future(desk.ask(name, plain, limits.seconds(name, plain), job))
    asking.add_done_callback(_heard)
    watching = asyncio.ensure_future(_left(request))
    try:
        await asyncio.wait({asking, watching}, return_when=asyncio.FIRST_COMPLETED)
        if not asking.done():
            # A short computation is let finish: ending its worker would cost more.
            await asyncio.wait({asking}, timeout=0.5)
        if not asking.done():
            asking.cancel()
            raise Refused(499, "the browser went away")
        status, text = asking.result()
    finally:
        watching.cancel()
        if not asking.done():
            asking.cancel()
    return Response(text, status, media_type="application/json")


def _heard(asked: asyncio.Future[Any]) -> None:
    """Take note of how a question ended, though nobody waits for it any more."""
    if not asked.cancelled():
        asked.exception()


async def _left(request: Request) -> None:
    """Return when the browser has gone away."""
    while not await request.is_disconnected():
        await asyncio.sleep(0.2)


async def _kept(request: Request, name: str, question: dict[str, Any]) -> Response:
    """Answer a question that has the same answer for everybody, computed once."""
    kept: dict[str, asyncio.Future[tuple[int, bytes]]] = request.app.state.kept
    key = f"{name} {question.get('topic', '')}"
    if key not in kept:
        desk: Desk = request.app.state.desk
        seconds = limits.seconds(name, question)
        kept[key] = asyncio.ensure_future(desk.ask(name, question, seconds))
        kept[key].add_done_callback(_heard)
    try:
        status, text = await asyncio.shield(kept[key])
    except Refused:
        kept.pop(key, None)
        raise
    if status != 200:
        kept.pop(key, None)
    return Response(text, status, media_type="application/json",
                    headers={"cache-control": "private, max-age=300"})  # fmt: skip


def _errors(app: FastAPI) -> None:
    """Answer every error as JSON in one line, and none with a status of 500."""

    def answer(status: int, message: str, hint: str = "") -> Response:
        more = {"retry-after": "1"} if status == 429 else None
        return Response(failure(message, hint), status, more, media_type="application/json")

    @app.exception_handler(Refused)
    async def refused(_: Request, error: Refused) -> Response:
        return answer(error.status, error.message, error.hint)

    @app.exception_handler(TooLarge)
    async def too_large(*_: object) -> Response:
        return answer(413, f"the body has more than {limits.BODY} bytes", "send less")

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"][1:])[:100] or "body"
        status = 400 if first["type"] == "json_invalid" else 422
        return answer(status, f"{where}: {first['msg']}"[:300], "see /api/openapi.json")

    @app.exception_handler(HTTPException)
    async def plain(_: Request, error: HTTPException) -> Response:
        if isinstance(error.__cause__, TooLarge):
            return await too_large()
        response = answer(error.status_code, str(error.detail))
        response.headers.update(error.headers or {})
        return response


def _page(app: FastAPI) -> None:
    """Serve the page and what it needs."""
    folder = Path(str(files("corrin.server") / "page"))

    @app.get("/plotly.min.js", include_in_schema=False)
    async def plotly() -> Response:
        place = _plotly()
        if place is None:
            raise HTTPException(404, "the validation figures need plotly: pip install plotly")
        return FileResponse(place, media_type="text/javascript", headers=_DAY)

    @app.get("/body.svg", include_in_schema=False)
    async def body() -> Response:
        text = (files("corrin.faces") / "assets" / "body.svg").read_bytes()
        return Response(text, media_type="image/svg+xml", headers=_DAY)

    app.mount("/", _Files(directory=folder, html=True, check_dir=False))


def _plotly() -> Path | None:
    """Return Plotly's script in its wheel."""
    from importlib.util import find_spec

    spec = find_spec("plotly")
    if spec is None or spec.origin is None:
        return None
    place = Path(spec.origin).parent / "package_data" / "plotly.min.js"
    return place if place.is_file() else None


class _Files(StaticFiles):
    """The files of the page: fonts stay with the browser, the rest is asked for each time."""

    def file_response(self, full_path: Any, *rest: Any, **more: Any) -> Response:
        """Return a file with its caching rule."""
        response = super().file_response(full_path, *rest, **more)
        fonts = str(full_path).endswith(".woff2")
        response.headers["cache-control"] = _LONG if fonts else "no-cache"
        return response
