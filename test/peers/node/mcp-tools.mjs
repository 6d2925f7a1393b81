/** The tools of the servers here, on either major of the SDK. */
import { z } from 'zod';

export function offer(server) {
  const text = (said) => ({ content: [{ type: 'text', text: said }] });
  server.registerTool(
    'shout',
    { description: 'In capitals.', inputSchema: z.object({ text: z.string(), times: z.number() }) },
    ({ text: said, times }) => text(said.toUpperCase().repeat(times)),
  );
  server.registerTool('fail', { description: 'Fails.', inputSchema: z.object({}) }, () => ({
    ...text('it failed'),
    isError: true,
  }));
  server.registerTool('never', { description: 'Is never called.', inputSchema: z.object({}) }, () =>
    text(''),
  );
  return server;
}
