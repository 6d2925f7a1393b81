/** Reports as files, fixtures/reports/<case>/report.json, and what they look like printed beside them. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Report, reportSchema } from '../../src/model/report.ts';

export const REPORTS = fileURLToPath(new URL('../../fixtures/reports/', import.meta.url));

export const CASES = readdirSync(REPORTS).sort();

export function readCase(name: string): Report {
  return reportSchema.parse(JSON.parse(readFileSync(`${REPORTS}${name}/report.json`, 'utf8')));
}

/** What a terminal obeys or what reorders text, line breaks of the report itself aside. */
export const OBEYED = /[\p{Cc}\p{Zl}\p{Zp}\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/u;
