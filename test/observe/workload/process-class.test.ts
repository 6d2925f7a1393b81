import { describe, expect, it } from 'vitest';
import { classifyProcess, className } from '../../../src/observe/workload/process-class.ts';

type Case = [exe: string, argv: string, script: string, launcher: boolean];
const CASES: Case[] = [
  ['/usr/bin/node', 'node server.js --port 1', 'server.js', false],
  ['/usr/bin/node', 'node --require ./otel.js --max-old-space-size=99 /app/a.mjs x', '/app/a.mjs', false],
  ['/usr/bin/node', 'node -e secret', '-e', false],
  ['/usr/bin/node', 'node', '', false],
  ['/usr/local/bin/bun', 'bun run index.ts', 'index.ts', false],
  [
    '/usr/bin/python3.11',
    'python3 -m vllm.entrypoints.openai.api_server --model x',
    '-m vllm.entrypoints.openai.api_server',
    false,
  ],
  ['/usr/bin/python3.11', 'python3 -u -W ignore agent.py --key s3cret', 'agent.py', false],
  ['/usr/bin/python3.11', 'python3 -c import\tos', '-c', false],
  ['/usr/bin/python3.11', 'vllm /usr/local/bin/vllm serve m', '/usr/local/bin/vllm', false],
  ['/usr/bin/java', 'java -Xmx1g -cp /a.jar -jar app.jar', '-jar app.jar', false],
  ['/usr/bin/java', 'java -cp x org.pytorch.serve.ModelServer', 'org.pytorch.serve.ModelServer', false],
  ['/bin/bash', 'bash', '', true],
  ['/bin/bash', '-bash', '', true],
  ['/bin/dash', 'sh -c rm\t-rf', '-c', true],
  ['/bin/dash', 'sh -ec x', '-c', true],
  ['/bin/dash', '/bin/sh /entrypoint.sh a', '/entrypoint.sh', false],
  ['/bin/busybox', 'sh', '', true],
  ['/bin/busybox', 'wget http://x', 'wget', false],
  ['/bin/busybox', 'busybox httpd -f', 'httpd', false],
  ['/usr/sbin/sshd', 'sshd: user@pts/0', '', true],
  ['/usr/bin/sudo', 'sudo node x.js', '', true],
  ['/usr/bin/git', 'git clone https://token@host', '', false],
  ['/opt/agent (deleted)', 'agent', '', false],
];

describe('classifyProcess', () => {
  it.each(CASES)('%s: %s', (exe, argv, script, launcher) => {
    expect(classifyProcess(exe, argv.split(' '))).toEqual({
      exe: exe.replace(' (deleted)', ''),
      script,
      launcher,
    });
  });

  it('names a class by executable and script, never by other arguments', () => {
    expect(className(classifyProcess('/usr/bin/node', ['node', 'a.js', '--token', 'x']))).toBe(
      '/usr/bin/node a.js',
    );
    expect(className(classifyProcess('/usr/bin/curl', ['curl', '-u', 'a:b']))).toBe('/usr/bin/curl');
  });
});
