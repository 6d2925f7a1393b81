export const SECTIONS = ['findings', 'configuration', 'operation', 'bom', 'policies', 'coverage'] as const;
export type Section = (typeof SECTIONS)[number];

export type RenderOptions = {
  /** Terminal columns; 80 where the output is no terminal. */
  columns: number;
  color: boolean;
  /** Printed in this order, findings only by default; JSON always holds everything. */
  show?: readonly Section[];
};
