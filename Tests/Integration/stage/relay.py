"""TLS in front of servers that have none: `python -m stage.relay FOLDER`, where the authority's certificate is put (authority.pem).

Each line on stdin is the port of a server on loopback; the answer on stdout is the port at which it is reached by TLS. What one side
does is done to the other, its end and its reset too. Ends with stdin, and takes the folder away.
"""

import asyncio
import shutil
import socket
import ssl
import struct
import sys
from pathlib import Path

from .certificates import Authority

# Little is held in here, so that a side that does not read stops the other.
HELD = 16 * 1024


def _reset(writer):
    """The other side sees a reset rather than an end."""
    # None where it is gone already.
    if one := writer.get_extra_info("socket"):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def _pump(reader, writer):
    try:
        while data := await reader.read(HELD):
            writer.write(data)
            await writer.drain()
        writer.close()
    except ConnectionError:
        _reset(writer)


async def _relay(port, reader, writer):
    try:
        there, back = await asyncio.open_connection("127.0.0.1", port, limit=HELD)
    except OSError:
        return _reset(writer)
    for one in (writer, back):
        one.transport.set_write_buffer_limits(HELD)
    await asyncio.gather(_pump(reader, back), _pump(there, writer), return_exceptions=True)


async def _main(folder):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority = Authority(folder)
    key, certificate = authority.issue("server")
    context.load_cert_chain(certificate, key)
    context.set_alpn_protocols(["http/1.1"])
    commands = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    servers = []
    while line := await commands.readline():
        port = int(line)
        server = await asyncio.start_server(
            lambda reader, writer, port=port: _relay(port, reader, writer), "127.0.0.1", 0, ssl=context, limit=HELD, backlog=4096)
        servers.append(server)
        print(server.sockets[0].getsockname()[1], flush=True)


if __name__ == "__main__":
    try:
        asyncio.run(_main(Path(sys.argv[1])))
    finally:
        shutil.rmtree(sys.argv[1], ignore_errors=True)
