/** `--can` and `--can-file`: questions about effective scope, answered by the resolution that the audit uses. */
import { z } from 'zod';
import { EXIT, type ExitCode } from '../errors.ts';
import { edgeToCut } from '../match/edge.ts';
import { type Answer, querySchema } from '../model/query.ts';
import { renderAnswer } from '../render/answer.ts';
import { answerQuery, cannotTell } from '../scope/answer.ts';
import { type Resolved, resolveEstate } from '../scope/resolve.ts';
import { readTextLines } from '../sources/files/text-lines.ts';
import type { AuditOptions } from './audit-options.ts';
import { parseQuestion } from './can-question.ts';
import { gatherEstate } from './gather-estate.ts';
import type { CommandIo } from './io.ts';

/** Lines of answers that are written at once. */
const BATCH = 500;

/** Text on the screen, one JSON object with `-f json`. The exit code is not the verdict: an answer is an answer. */
export async function answerOne(question: string, options: AuditOptions, io: CommandIo): Promise<ExitCode> {
  const query = parseQuestion(question);
  const answer = answerQuery(await resolved(options, io), query);
  const json = options.format.includes('json');
  const shown = { columns: io.columns, color: io.color };
  const granted = answer.verdict === 'allow' || answer.verdict === 'conditional';
  const edge = granted ? edgeToCut(answer.path) : null;
  // What a default allows has no object to change.
  const cut = edge?.ref === null && edge.object.startsWith('Namespace ') ? null : edge;
  await io.stdout(json ? `${JSON.stringify(answer)}\n` : renderAnswer({ question, answer, cut }, shown));
  return EXIT.ok;
}

/** A line of JSON for each line; `-`: of standard input. One that is no question is answered `cannot-tell`, said on stderr, and exit 2. */
export async function answerFile(path: string, options: AuditOptions, io: CommandIo): Promise<ExitCode> {
  const scope = await resolved(options, io);
  let exitCode: ExitCode = EXIT.ok;
  let held: string[] = [];
  for await (const { number, text } of readTextLines(path, '--can-file')) {
    if (text.trim() === '') continue;
    const { answer, problem } = answerLine(scope, text);
    if (problem !== null) {
      io.problem(`${path}:${number}: ${problem}\n`);
      exitCode = EXIT.usage;
    }
    held.push(`${JSON.stringify(answer)}\n`);
    if (held.length < BATCH) continue;
    await io.stdout(held.join(''));
    held = [];
  }
  if (held.length > 0) await io.stdout(held.join(''));
  return exitCode;
}

type Answered = { answer: Answer; problem: string | null };

function answerLine(scope: Resolved, line: string): Answered {
  const asked = questionOf(line);
  if ('problem' in asked) return { answer: cannotTell(asked.problem), problem: asked.problem };
  return { answer: answerQuery(scope, asked.query), problem: null };
}

function questionOf(line: string): { query: z.infer<typeof querySchema> } | { problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    return { problem: `not JSON: ${(error as Error).message}` };
  }
  const parsed = querySchema.safeParse(value);
  if (parsed.success) return { query: parsed.data };
  return { problem: `not a query: ${z.prettifyError(parsed.error).replace(/\s+/g, ' ')}` };
}

/** Nobody asks about a workload only: an estate without any is none that is wrong. */
async function resolved(options: AuditOptions, io: CommandIo): Promise<Resolved> {
  const estate = await gatherEstate(options, io, { mayBeEmpty: true });
  const found = resolveEstate(estate);
  for (const warning of found.posture.warnings) io.stderr(`warning: ${warning}\n`);
  return found;
}
