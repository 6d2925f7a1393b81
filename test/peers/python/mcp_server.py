"""The SDK's server, over stdio."""

from mcp.server.mcpserver import MCPServer

server = MCPServer("lab-tools")


@server.tool()
def shout(text: str, times: int) -> str:
    """In capitals."""
    return text.upper() * times


@server.tool()
def fail() -> str:
    """Fails."""
    raise ValueError("it failed")


@server.tool()
def never() -> str:
    """Is never called."""
    return ""


server.run()
