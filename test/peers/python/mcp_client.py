"""The SDK's client: calls `[[tool, arguments], …]`, then `stdio COMMAND ARG…` or `http URL`; prints what it did."""

import asyncio
import json
import os
import sys

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client


def say(**line):
    print(json.dumps(line), flush=True)


async def talk(streams, calls):
    async with ClientSession(streams[0], streams[1]) as session:
        greeting = await session.initialize()
        say(greeted=greeting.server_info.name)
        for _ in range(2):
            say(listed=[tool.name for tool in (await session.list_tools()).tools])
        for name, arguments in calls:
            result = await session.call_tool(name, arguments)
            say(tool=name, error=bool(result.is_error), items=len(result.content))


async def main(calls, way, *rest):
    if way == "stdio":
        client = stdio_client(StdioServerParameters(command=rest[0], args=list(rest[1:]), env=dict(os.environ)))
    else:
        client = streamable_http_client(rest[0])
    async with client as streams:
        await talk(streams, json.loads(calls))


asyncio.run(main(*sys.argv[1:]))
