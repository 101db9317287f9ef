"""The parts of waitress that our server builds on, beside its public API: named, and there.

waitress promises nothing of them, so its version is bounded, and a new one is tried against this.
"""

import ast
import socket
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.receiver import ChunkedReceiver
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask, ThreadedTaskDispatcher, WSGITask

from consultation.server import connection

PARTS = {
    "channel": {
        "cancel", "error_task_class", "handle_close", "parser_class", "received", "recv", "request",
        "requests", "send", "send_continue", "server", "service", "socket", "task_class",
        "total_outbufs_len", "will_close",
    },
    "server": {
        "_map", "active_channels", "add_task", "channel_class", "del_channel", "handle_accept",
        "maintenance", "socket", "task_dispatcher", "trigger",
    },
    "dispatcher": {"add_task", "queue", "set_thread_count"},
    "parser": {
        "body_rcv", "chunked", "completed", "error", "expect_continue", "headers",
        "headers_finished", "parse_header", "received", "version",
    },
    "receiver": {
        "all_chunks_received", "chunk_end", "chunk_remainder", "completed", "control_line", "error",
        "getbuf", "received", "trailer", "validate_chunk_end",
    },
    "refusal": {"channel", "content_length", "execute", "request", "status", "write"},
    "task": {
        "build_response_header", "channel", "content_length", "execute", "get_environment",
        "request", "response_headers", "set_close_on_finish", "status", "write",
    },
}  # fmt: skip
OF_OTHERS = {"close", "finish", "getsockname", "listen", "shutdown"}
"""Names that are those of sockets, modules or our own too."""
SERVER = Path(connection.__file__).parent
MODULES = ("connection.py", "http_server.py", "request_parser.py")


@pytest.fixture
def parts():
    """One object of each part, made as waitress makes it."""
    adjustments = Adjustments()
    dispatcher = ThreadedTaskDispatcher()
    listener = socket.create_server(("127.0.0.1", 0))
    family = (listener.family, listener.type, listener.proto, listener.getsockname())
    server = TcpWSGIServer(
        lambda *_: [],
        map={},
        _sock=listener,
        bind_socket=False,
        sockinfo=family,
        adj=adjustments,
        dispatcher=dispatcher,
    )
    near, far = socket.socketpair()
    channel = HTTPChannel(server, far, "", adjustments, map={})
    request = HTTPRequestParser(adjustments)
    yield {
        "channel": channel,
        "server": server,
        "dispatcher": dispatcher,
        "parser": request,
        "receiver": ChunkedReceiver(None),
        "task": WSGITask(channel, request),
        "refusal": ErrorTask(channel, request),
    }
    for each in (near, far, listener):
        each.close()
    server.trigger.close()


@pytest.mark.parametrize("part", PARTS)
def test_waitress_has_the_parts_that_our_server_builds_on(parts, part):
    lacking = {name for name in PARTS[part] if not hasattr(parts[part], name)}

    assert lacking - {"error"} == set()  # the receiver's, which exists once there is one


def test_every_part_that_our_server_builds_on_is_named():
    known = {name for names in PARTS.values() for name in names}
    classes = (
        HTTPChannel, TcpWSGIServer, ThreadedTaskDispatcher, HTTPRequestParser, ChunkedReceiver,
        WSGITask,
    )  # fmt: skip
    inherited = {name for each in classes for name in dir(each) if not name.startswith("__")}
    trees = [ast.parse((SERVER / name).read_text("utf-8")) for name in MODULES]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    used = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    defined = {node.name for node in nodes if isinstance(node, ast.FunctionDef)}

    assert ((used | defined) & inherited) - known <= OF_OTHERS


def test_waitress_is_bounded_to_the_major_version_that_was_tried():
    project = tomllib.loads((SERVER.parents[1] / "pyproject.toml").read_text("utf-8"))["project"]
    bound = next(
        Requirement(text) for text in project["dependencies"] if text.startswith("waitress")
    )

    assert str(bound.specifier) == "<4,>=3.0.2"
    assert version("waitress") in bound.specifier
