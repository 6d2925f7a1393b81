/** What every MCP client here does; prints it. The calls are `[[tool, arguments], …]` in argv. */
const say = (one) => console.log(JSON.stringify(one));

export async function talk(client, transport, calls) {
  await client.connect(transport);
  say({ greeted: client.getServerVersion() });
  for (let i = 0; i < 2; i++) {
    const { tools } = await client.listTools();
    say({ listed: tools.map(({ name }) => name) });
  }
  for (const [name, args] of calls) {
    const { isError = false, content } = await client.callTool({ name, arguments: args });
    say({ tool: name, error: isError, items: content.length });
  }
  await client.close();
}

/** `stdio COMMAND ARG…`, `http URL` or `sse URL`, after the calls. */
export function transportOf(argv, { Stdio, Http, Sse }) {
  const [calls, way, ...rest] = argv;
  const headers = { authorization: `Bearer ${process.env.MCP_TOKEN ?? 'lab'}` };
  const transport =
    way === 'stdio'
      ? new Stdio({ command: rest[0], args: rest.slice(1), env: { ...process.env } })
      : new (way === 'sse' ? Sse : Http)(new URL(rest[0]), { requestInit: { headers } });
  return { transport, calls: JSON.parse(calls) };
}
