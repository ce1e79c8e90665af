import type { Command } from 'commander';
import type { LogLevel } from '../kernel/index.ts';
import { type CommandContext, Exit, type StartedServer } from './context.ts';
import { dataOption, policyOption } from './options.ts';
import { styler } from './output.ts';

interface UpOptions {
  readonly data: string;
  readonly policy?: string;
  readonly gate?: string;
  readonly console?: string;
  readonly logLevel: LogLevel;
}

const levels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

export function addUp(program: Command, context: CommandContext): void {
  program
    .command('up')
    .description('serve the gate and the console port until it is told to stop (SIGTERM, SIGINT)')
    .addOption(policyOption())
    .addOption(dataOption())
    .option('--gate <host:port>', "where callers connect; default: the policy's gate.listen")
    .option('--console <host:port>', 'where health and metrics are served', '127.0.0.1:8081')
    .option('--log-level <level>', `one of ${levels.join(', ')}`, 'info')
    .addHelpText(
      'after',
      '\nExample:\n  surety up --policy surety.yaml --data /var/lib/surety --gate 127.0.0.1:8080 --console 127.0.0.1:8081\n\nLogs are JSON lines on standard error.\n',
    )
    .action(async (options: UpOptions) => {
      if (!levels.includes(options.logLevel))
        throw new Exit(2, `--log-level is one of ${levels.join(', ')}.`);
      const stop = waitForStop();
      const server = await context.rooms.startServer({
        policyFile: options.policy,
        dataFolder: options.data,
        gate: options.gate,
        console: options.console,
        logLevel: options.logLevel,
        writeLog: context.terminal.err,
      });
      try {
        await greet(context, server);
      } catch (error) {
        // A server that says it could not begin must not go on serving.
        await server.stop('not begun');
        throw error;
      }
      await server.stop(await stop);
    });
}

/** Resolves with the first signal; a second one ends the process as it would have without us. */
function waitForStop(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(signal));
  });
}

async function greet({ terminal }: CommandContext, server: StartedServer): Promise<void> {
  const style = styler(terminal);
  terminal.out(`${style(['bold', 'green'], 'surety is ready')}\n`);
  terminal.out(`  gate     ${server.gateUrl}\n`);
  terminal.out(`  console  ${server.consoleUrl}\n`);
  terminal.out(`  policy   ${server.policyFile}\n`);
  const { example } = server;
  if (!example)
    return terminal.out(
      '\nNo role may call any model yet: surety policy explain shows what the policy permits.\n',
    );
  if (!server.isFirstStart)
    return terminal.out(
      '\nKeys were made before: surety keys list shows them, surety keys create makes another.\n',
    );
  const key = await makeFirstKey(server, example.role);
  terminal.out(
    `\nA key for role ${example.role}, for 30 days, shown this once:\n\n  ${style('bold', key)}\n\nTry it:\n\n`,
  );
  const body = JSON.stringify({ model: example.model, messages: [{ role: 'user', content: 'Hello' }] });
  terminal.out(
    `  curl ${server.gateUrl}${example.path} -H 'authorization: Bearer ${key}' -H 'content-type: application/json' -d '${body}'\n\n`,
  );
}

async function makeFirstKey(server: StartedServer, role: string): Promise<string> {
  const body = JSON.stringify({ name: 'first', role, expires: '30d' });
  const headers = { 'content-type': 'application/json' };
  const asked = new Request('http://surety/api/keys', { method: 'POST', body, headers });
  const response = await server.fetch(asked);
  const { key } = (await response.json()) as { key?: string };
  if (key === undefined) throw new Exit(2, 'The first key could not be made.');
  return key;
}
