/** What a server answered, by what it was asked. */
import { field, type JsonObject, list, object, objects, text } from '../json-fields.ts';
import type { Said } from '../said.ts';
import { resourceArea } from './addresses.ts';
import { type Answer, callAnswered, callLost, isRefusal, type Loss, taskAnswered } from './calls.ts';
import { catalogSaid, toolsSaid } from './catalogs.ts';
import { type Link, type Reading, say, saySelf } from './link.ts';
import { addPage } from './listing.ts';
import { metaOf, revision } from './methods.ts';
import { visible } from './names.ts';
import type { Asked } from './pending.ts';
import { capabilityNames, revisions, stated } from './requests.ts';
import { jsonBytes } from './result.ts';
import { subjectOf } from './server.ts';

/** Details of one server's answers that are said of itself. */
type About = Pick<Said, 'words' | 'sums' | 'epoch'>;

const NOTHING: About = {};
/** `cancelled`: its answer was not waited for. */
const SILENT = new Set(['ping', 'cancelled']);

export function answered(link: Link, asked: Asked, message: JsonObject, at: number, reading: Reading): void {
  if (SILENT.has(asked.method)) return;
  const answer = answerOf(link, message, at, reading);
  if (asked.method === 'tools/call') callAnswered(link, asked, answer);
  if (asked.method === 'tasks/result') taskAnswered(link, asked, answer);
  const { words, ...about } = answer.result ? aboutSelf(link, asked, answer.result, answer) : NOTHING;
  const error = answer.code !== null;
  const codes = error ? { errorCodes: [answer.code!] } : {};
  const all = { ...asked.words, ...namesItself(link, answer.result), ...words, ...codes };
  const { bytes, denied } = answer;
  saySelf(link, { count: asked.late ? 0 : 1, bytes, error, denied, at, ...about, words: all }, asked);
}

/** 2026-07-28: any answer may say who gives it. */
function namesItself({ server }: Link, result: JsonObject | null): About['words'] {
  const info = metaOf(result, 'serverInfo');
  const name = text(field(info, 'name'));
  if (name === null) return {};
  server.stated ??= visible(name);
  return { stated: stated(info) };
}

/** There will be no answer, or it will not be seen. */
export function lost(link: Link, asked: Asked, loss: Loss): void {
  // What is late was said to be lost already.
  if (asked.late) return;
  // A subscription is not answered before it ends.
  if (SILENT.has(asked.method) || (asked.method === 'subscriptions/listen' && !refused(loss))) return;
  if (asked.method === 'tools/call') callLost(link, asked, loss);
  const denied = isRefusal(loss.status);
  const sums = refused(loss) || loss.cancelled ? {} : { unanswered: 1 };
  saySelf(link, { count: 1, error: refused(loss), denied, at: loss.at, sums, words: asked.words }, asked);
}

function refused({ status }: Loss): boolean {
  return status !== null && status >= 400;
}

function answerOf(link: Link, message: JsonObject, at: number, reading: Reading): Answer {
  const failed = message.error !== undefined && message.error !== null;
  const code = field(message.error, 'code');
  return {
    result: failed ? null : object(message.result),
    code: failed ? (Number.isSafeInteger(code) ? String(code) : 'unknown') : null,
    denied: failed && isRefusal(link.status),
    bytes: failed ? 0 : jsonBytes(message.result),
    at,
    reading,
  };
}

function aboutSelf(link: Link, asked: Asked, result: JsonObject, { at, reading }: Answer): About {
  switch (asked.method) {
    case 'initialize':
    case 'server/discover':
      return greeting(link, result);
    case 'tools/list':
      return listed(link, { cursor: asked.about, asked, reading }, result, at);
    case 'resources/list':
      return { sums: { resources: list(result.resources).length }, words: { resources: areas(result) } };
    case 'resources/templates/list':
      return { sums: { resourceTemplates: list(result.resourceTemplates).length } };
    case 'resources/read':
      return read(link, asked, result, at);
    case 'prompts/list':
      return { words: { prompts: objects(result.prompts).slice(0, 256).flatMap(promptName) } };
    case 'prompts/get':
      return { sums: { promptsGot: 1 }, words: { promptsGot: [visible(asked.about ?? '?')] } };
    default:
      return NOTHING;
  }
}

function promptName(prompt: JsonObject): string[] {
  const name = text(prompt.name);
  return name === null ? [] : [visible(name)];
}

function areas(result: JsonObject): string[] {
  const uris = objects(list(result.resources).slice(0, 4096)).map(({ uri }) => resourceArea(text(uri) ?? ''));
  return [...new Set(uris)].slice(0, 64);
}

/** The answer to initialize, or to server/discover. Instructions go into the prompt: they are watched by a keyed hash. */
export function greeting(link: Link, result: JsonObject): About {
  const info = result.serverInfo ?? metaOf(result, 'serverInfo');
  const { instructions } = result;
  const version = revision(result.protocolVersion);
  const name = text(field(info, 'name'));
  if (name !== null) link.server.stated ??= visible(name);
  return {
    words: {
      protocols: version === null ? [] : [version],
      offered: revisions(result.supportedVersions),
      stated: stated(info),
      capabilities: capabilityNames(result.capabilities),
      ...(typeof instructions === 'string' ? { instructions: [link.world.fingerprint(instructions)] } : {}),
    },
  };
}

/** Cursor undefined: the request was not seen. */
type Page = { cursor: string | null | undefined; asked: Asked | null; reading: Reading };

export function listed(link: Link, { cursor, asked, reading }: Page, result: JsonObject, at: number): About {
  const { server, world } = link;
  const { tools, catalog, partial } = addPage(server.listing, cursor, result, at, reading);
  for (const said of toolsSaid(server, tools, at)) say(link, said, asked);
  const about = catalog ? catalogSaid(world, server, catalog, link.session()?.id ?? null) : NOTHING;
  server.staleSince = null;
  if (partial === null || partial === 'more') return about;
  return { words: { catalogs: [`partial: ${partial}`] }, sums: { partialCatalogs: 1 } };
}

/** A resource is data: its area is the subject, its contents the records. */
function read(link: Link, asked: Asked, result: JsonObject, at: number): About {
  const subject = `${subjectOf(link.server)}/${asked.about ?? '?'}`;
  const records = list(result.contents).length;
  say(link, { kind: 'data-access', subject, at, bytes: jsonBytes(result), records }, asked);
  return { sums: { resourcesRead: 1 } };
}
