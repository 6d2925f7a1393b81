/** What a server answered: the other side's account of what its clients did. */
export type Served = {
  host: string;
  method: string;
  /** Without the query. */
  path: string;
  status: number;
  /** HTTP version. */
  version: string;
  /** Which model was asked for, which one answered, and what it asked for. */
  chat?: { model: string; answered: string; stream: boolean; tools: string[]; asked: string[] };
};
