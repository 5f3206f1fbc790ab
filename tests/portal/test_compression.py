"""Pages go compressed, streams do not."""

import gzip
from typing import Any

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from portal.middleware import CompressionMiddleware

REQUEST = RequestFactory().get("/", headers={"Accept-Encoding": "gzip, br"})


def test_a_page_goes_compressed(client, db):
    answer = client.get("/help/", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in answer.headers["Vary"]
    assert gzip.decompress(answer.content).startswith(b"<!doctype html>")


def test_who_cannot_read_it_gets_it_plain(client, db):
    answer = client.get("/help/")
    assert "Content-Encoding" not in answer.headers
    assert answer.content.startswith(b"<!doctype html>")


@pytest.mark.parametrize("kind", ["text/event-stream", "text/html"])
def test_a_stream_is_left_as_it_is(kind):
    stream = StreamingHttpResponse(iter([b"data: changed\n\n"] * 100), content_type=kind)
    answer: Any = CompressionMiddleware(lambda request: stream)(REQUEST)
    assert "Content-Encoding" not in answer.headers
    assert next(iter(answer.streaming_content)) == b"data: changed\n\n"


def test_the_length_of_the_same_page_varies():
    page = HttpResponse(b"the same words over and over " * 50)
    lengths = set()
    for _ in range(30):
        answer: Any = CompressionMiddleware(lambda request: HttpResponse(page.content))(REQUEST)
        lengths.add(len(answer.content))
    assert len(lengths) > 3
