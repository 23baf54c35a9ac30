import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from finance_lending_worker.services.http import JsonClient


def client_of(*responses: httpx.Response) -> tuple[httpx.AsyncClient, list[str]]:
    """A client that gets these responses, and the paths it will have asked for."""
    asked, left = [], list(responses)

    async def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return left.pop(0)

    transport = httpx.MockTransport(answer)
    return httpx.AsyncClient(transport=transport, base_url="https://lender.example"), asked


@pytest.mark.parametrize("answer", [{"id": "user-1"}, {}], ids=["full", "empty"])
async def test_a_json_object_is_the_answer(answer):
    client, asked = client_of(httpx.Response(200, json=answer))
    async with client:
        assert await JsonClient(client).get("/users/user-1") == answer
    assert asked == ["/users/user-1"]


async def test_404_means_there_is_no_such_thing():
    client, _ = client_of(httpx.Response(404, json={"detail": "no such user"}))
    async with client:
        assert await JsonClient(client).get("/users/user-1") is None


@pytest.mark.parametrize("status", [302, 400, 401, 403, 410, 429, 500, 503])
async def test_any_other_answer_that_is_no_success_is_an_error(status):
    client, asked = client_of(httpx.Response(status, json={"detail": "no"}))
    async with client:
        with pytest.raises(httpx.HTTPStatusError) as caught:
            await JsonClient(client).get("/users/user-1")
    assert caught.value.response.status_code == status
    assert len(asked) == 1


@pytest.mark.parametrize("body", [b"[1, 2]", b'"text"', b"null", b"<html>"], ids=str)
async def test_what_is_not_a_json_object_is_an_error(body):
    client, _ = client_of(httpx.Response(200, content=body))
    async with client:
        with pytest.raises(ValueError):  # noqa: PT011 - json's own message for some, ours for others
            await JsonClient(client).get("/users/user-1")


async def test_the_client_stays_open_for_whoever_opened_it():
    client, asked = client_of(httpx.Response(200, json={}), httpx.Response(200, json={}))
    async with client:
        await JsonClient(client).get("/a")
        assert not client.is_closed
        await JsonClient(client).get("/b")
    assert asked == ["/a", "/b"]


@pytest.fixture
async def lender() -> AsyncIterator[str]:
    """The address of a real HTTP server on this machine: it knows one user, and one way to fail."""
    answers = {
        "/users/user-1": ("200 OK", '{"id": "user-1"}'),
        "/broken": ("500 Internal Server Error", "{}"),
    }

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        status, body = answers.get(request.split()[1].decode(), ("404 Not Found", ""))
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        writer.write((head + body).encode())
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        yield f"http://{host}:{port}"


@pytest.mark.real_time
async def test_it_talks_to_a_real_server(lender):
    async with httpx.AsyncClient(base_url=lender, trust_env=False) as client:
        json_client = JsonClient(client)
        assert await json_client.get("/users/user-1") == {"id": "user-1"}
        assert await json_client.get("/users/user-2") is None
        with pytest.raises(httpx.HTTPStatusError):
            await json_client.get("/broken")


@pytest.mark.real_time
async def test_a_server_that_is_gone_is_a_transport_error(unused_tcp_port):
    address = f"http://127.0.0.1:{unused_tcp_port}"
    async with httpx.AsyncClient(base_url=address, trust_env=False) as client:
        with pytest.raises(httpx.ConnectError):
            await JsonClient(client).get("/users/user-1")
