/** The program: argv and environment in, exit code out. Alone with process.exitCode, argv and the streams. */
import { Command, CommanderError } from 'commander';
import type { AuditOptions } from './commands/audit-options.ts';
import type { StopSignal } from './commands/collect-io.ts';
import type { CollectOptions } from './commands/collect-options.ts';
import { toOption } from './commands/flag-options.ts';
import { AUDIT_FLAGS, COLLECT_FLAGS, type FlagSpec } from './commands/flags.ts';
import { type CommandIo, plainText } from './commands/io.ts';
import { EXIT, type ExitCode, UserError } from './errors.ts';

type Values = Record<string, unknown>;
const STOP_SIGNALS: readonly StopSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

type Finish = (code: ExitCode) => void;

const EXIT_HELP = `
Exit codes: 0 done · 1 gate tripped · 2 bad usage or input
            3 a gated cell cannot be told · 4 the run failed
            5 nothing to audit · 130 interrupted, partial snapshot written
Every flag has an environment twin (--fail-on: AI_SPM_FAIL_ON) and a key in
ai-spm.yaml; flag beats environment beats file.`;

export async function main(): Promise<void> {
  quietPipes();
  process.once('exit', sayUnfinished);
  process.exitCode = await run(process.argv.slice(2));
  process.off('exit', sayUnfinished);
}

/** Node ends with 13 where something is awaited that nothing is left to bring: a report that is not there is no success. */
function sayUnfinished(): void {
  process.stderr.write('ai-spm: this is a defect, please report it: the run ended before it was done\n');
  process.exitCode = EXIT.failed;
}

/** Parses and runs; every error ends here, as a message or, if we do not know it, as a stack. */
async function run(argv: readonly string[]): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.ok;
  try {
    const program = buildProgram((code) => {
      exitCode = code;
    });
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    return explainError(error);
  }
}

function explainError(error: unknown): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof UserError) {
    const hint = error.hint === undefined ? '' : `  hint: ${error.hint}\n`;
    process.stderr.write(plainText(`ai-spm: ${error.message}\n${hint}`));
    return error.exitCode;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(
    plainText(`ai-spm: this is a defect, please report it with the lines below\n${text}\n`),
  );
  return EXIT.failed;
}

function buildProgram(finish: Finish): Command {
  const program = verb('ai-spm', [])
    .description('Posture auditor for AI agents: what an agent may do, against what it really did.')
    .helpCommand(false)
    .option('-V, --version', 'print the version')
    .addHelpText('after', EXIT_HELP)
    .allowExcessArguments()
    .action(async (options: { version?: boolean }, self: Command) => {
      if (self.args.length > 0) throw unknownVerb(self.args[0]!);
      if (!options.version) program.help();
      const { TOOL } = await import('./commands/tool.ts');
      process.stdout.write(`${TOOL.name} ${TOOL.version}\n`);
    });
  return program.addCommand(collectVerb(finish)).addCommand(auditVerb(finish));
}

function unknownVerb(name: string): UserError {
  return new UserError(`there is no "ai-spm ${name}"`, {
    hint: 'the verbs are collect and audit; see ai-spm --help',
  });
}

function collectVerb(finish: Finish): Command {
  return verb('collect', COLLECT_FLAGS)
    .summary('observe this node by eBPF for a window; write a snapshot')
    .description(
      'Attach eBPF probes on this node for a window and write an operational-posture snapshot. Needs Linux with BTF, and root or CAP_BPF and CAP_PERFMON (to attach), CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH (to look into containers). Containers without Kubernetes get their names from what Docker (/var/lib/docker), Podman (/var/lib/containers) and nerdctl (/run/containerd) keep on disk, which is only read.',
    )
    .action(async (_options, self: Command) => {
      const { collect } = await import('./commands/collect.ts');
      const values = await withConfig(self, 'collect');
      const io = { ...commandIo(values), ...terminalIo() };
      finish(await collect(values as unknown as CollectOptions, io));
    });
}

function auditVerb(finish: Finish): Command {
  return verb('audit', AUDIT_FLAGS)
    .summary('read snapshots against the configuration; print findings')
    .description(
      'Read snapshots against the configured posture; print findings, AI-BOM and derived policies.',
    )
    .argument('[snapshots...]', 'files, folders or globs; none: the static view, Gap 2 and 3 cannot be told')
    .action(async (snapshots: string[], _options, self: Command) => {
      const { audit } = await import('./commands/audit.ts');
      const values = await withConfig(self, 'audit');
      finish(await audit({ ...values, snapshots } as unknown as AuditOptions, commandIo(values)));
    });
}

function verb(name: string, flags: readonly FlagSpec[]): Command {
  const command = new Command(name).exitOverride();
  // Defaults and environment twins follow one rule that the main help states; repeated per line they bury the text.
  command.configureHelp({
    optionDescription: (option) =>
      option.description + (option.argChoices ? ` (${option.argChoices.join(', ')})` : ''),
  });
  for (const spec of flags) command.addOption(toOption(spec, process.env));
  return command;
}

/** Flag beats environment beats file: the file only fills in what neither of them set. */
async function withConfig(command: Command, name: 'collect' | 'audit'): Promise<Values> {
  const { readConfig } = await import('./commands/config.ts');
  const flags = name === 'collect' ? COLLECT_FLAGS : AUDIT_FLAGS;
  const config = await readConfig(command.opts().config as string | undefined, name, flags);
  for (const { key, value } of config) {
    const option = command.options.find(({ long }) => long === `--${key}`)!;
    const source = command.getOptionValueSource(option.attributeName());
    if (source === undefined || source === 'default') {
      command.setOptionValueWithSource(option.attributeName(), value, 'config');
    }
  }
  return command.opts();
}

function commandIo(values: Values): CommandIo {
  const color = wantsColor(values.color as string);
  // chalk ignores NO_COLOR (and Ink with it): it is told by FORCE_COLOR, before it is first imported.
  if (!color) process.env.FORCE_COLOR = '0';
  return {
    // Resolves when it is written; what went wrong is quietPipes' to say.
    stdout: (text) => new Promise((resolve) => process.stdout.write(text, () => resolve())),
    stderr: (text) => {
      if (values.quiet !== true) process.stderr.write(plainText(text));
    },
    problem: (text) => process.stderr.write(plainText(text)),
    now: () => Date.now(),
    // A terminal whose size nobody set says 0.
    columns: process.stdout.columns || Number(process.env.COLUMNS) || 80,
    color,
  };
}

/** What only collect needs: the terminal behind stderr, signals, the environment. */
function terminalIo() {
  return {
    terminal: process.stderr.isTTY && !process.env.CI ? process.stderr : null,
    onSignal: (handler: (signal: StopSignal) => void) => {
      for (const name of STOP_SIGNALS) process.on(name, handler);
      return () => {
        for (const name of STOP_SIGNALS) process.off(name, handler);
      };
    },
    env: process.env,
  };
}

/** https://no-color.org and https://force-color.org: any non-empty NO_COLOR, then FORCE_COLOR; a terminal otherwise. */
function wantsColor(when: string): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (when !== 'auto') return when === 'always';
  if (NO_COLOR) return false;
  if (FORCE_COLOR) return !/^(0|false)$/i.test(FORCE_COLOR);
  return process.stdout.isTTY === true && TERM !== 'dumb';
}

/**
 * `ai-spm audit | head`: a reader that has seen enough is no error, and the exit code stays the gate's. A report that
 * could not be written is one, whatever the run came to afterwards; of standard error there is nobody left to tell.
 */
function quietPipes(): void {
  process.stderr.on('error', () => {});
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return;
    process.stderr.write(`ai-spm: cannot write to standard output: ${error.message}\n`);
    process.once('exit', () => {
      process.exitCode = EXIT.failed;
    });
  });
}
