/** The live view of `collect`. Only this folder loads react and ink, lazily and only on a terminal. */
import { Box, render, Text } from 'ink';
import { createElement as h, type ReactElement } from 'react';
import { type CollectProgress, progressRows } from '../collect-progress.ts';

export type CollectView = {
  update(progress: CollectProgress): void;
  /** Leaves the last state on the terminal. */
  close(): void;
};

const LABEL_COLUMNS = 16;

/** Draws on the given stream (standard error) and takes no keys: Ctrl-C stays a signal. */
export function openCollectView(stream: NodeJS.WriteStream, first: CollectProgress): CollectView {
  const app = render(h(View, first), {
    stdout: stream,
    stderr: stream,
    exitOnCtrlC: false,
    patchConsole: false,
    maxFps: 4,
  });
  return {
    update: (progress) => app.rerender(h(View, progress)),
    close: () => app.unmount(),
  };
}

function View(progress: CollectProgress): ReactElement {
  const rows = progressRows(progress).map(([label, value]) => h(Row, { key: label, label, value }));
  const title = h(Text, { bold: true }, `ai-spm collect on ${progress.node}`);
  return h(Box, { flexDirection: 'column' }, title, ...rows);
}

function Row({ label, value }: { label: string; value: string }): ReactElement {
  return h(
    Box,
    null,
    h(Box, { width: LABEL_COLUMNS }, h(Text, { dimColor: true }, label)),
    h(Text, { wrap: 'truncate-middle' }, value),
  );
}
