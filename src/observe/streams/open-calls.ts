/** Tool calls that were asked and not answered yet: what a server does meanwhile it does for them. */

export type OpenCalls = {
  asked(message: unknown): void;
  answered(message: unknown): void;
  /** The tool of the latest open call; undefined: none, or several at once, and nobody can tell for which. */
  latest(): string | undefined;
};

const MAX_CALLS = 1024;
const MAX_NAME = 256;

export function createCalls(): OpenCalls {
  const open = new Map<string, string>();
  return {
    asked(message) {
      const tool = toolOf(message);
      if (tool !== null && open.size < MAX_CALLS) open.set(idOf(message), tool.slice(0, MAX_NAME));
    },
    answered: (message) => void open.delete(idOf(message)),
    latest() {
      const tools = new Set(open.values());
      return tools.size === 1 ? tools.values().next().value : undefined;
    },
  };
}

/** Whether the one is a request, and the other its response. */
export function answers(asked: unknown, answer: unknown): boolean {
  const id = idOf(answer);
  if (id === '' || id !== idOf(asked)) return false;
  return member(asked, 'method') !== undefined && member(answer, 'method') === undefined;
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

function idOf(message: unknown): string {
  const id = member(message, 'id');
  return typeof id === 'string' || typeof id === 'number' || typeof id === 'bigint'
    ? `${typeof id}:${id}`
    : '';
}

function toolOf(message: unknown): string | null {
  if (member(message, 'method') !== 'tools/call') return null;
  const name = member(member(message, 'params'), 'name');
  return typeof name === 'string' ? name : null;
}
