import { generateKeyPairSync, sign } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decimals, median, printTable, printTarget } from './figures.ts';
import { home, startMock, surety } from './gateways.ts';
import { load, type LoadFigures } from './load.ts';
import { cpuMsOf, untilIdle } from './process-figures.ts';
import { measuringCore, type Processes } from './processes.ts';

const issuer = 'https://login.bench.example';
const connections = 32;
const warmUpSeconds = 2;
const day = 86_400;

/** A policy like that of the other parts, with an issuer whose keys are in a file; and a token as big as identity providers make them. */
function prepareIssuer(folder: string): { policyFile: string; token: string } {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'bench', alg: 'RS256', use: 'sig' };
  writeFileSync(join(folder, 'keys.json'), JSON.stringify({ keys: [jwk] }));
  const issuers = `  tokens: [{ issuer: "${issuer}", audience: ai, longest: 7d, keys: "file:keys.json", roles: groups }]\n`;
  const policyFile = join(folder, 'tokens.yaml');
  const policy = readFileSync(join(home, 'bench/policy.yaml'), 'utf8');
  writeFileSync(policyFile, policy.replace('identity:\n', `identity:\n${issuers}`));
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: issuer,
    sub: '2f1c8d0e-5b7a-4d5e-9c55-0d6f4f0a7a11',
    aud: 'ai',
    iat: now,
    exp: now + day,
    jti: '7d0c6f7e-29a1-4f5c-8a56-64d1a0a0c0de',
    groups: ['developer', 'everybody', 'platform-engineering', 'on-call'],
    scope: 'openid profile email',
  };
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const input = `${part({ alg: 'RS256', kid: 'bench', typ: 'at+jwt' })}.${part(claims)}`;
  return {
    policyFile,
    token: `${input}.${sign('sha256', Buffer.from(input), privateKey).toString('base64url')}`,
  };
}

interface Turn {
  readonly figures: LoadFigures;
  readonly cpuMicroseconds: number;
}

/**
 * What a call costs when its caller has a signed token instead of an API key, on one server that takes both. They take turns (A B A B …), and the ratio is the median of the ratios
 * within each round. All but the first call with the token find it verified.
 */
export async function benchTokens(
  processes: Processes,
  { seconds, rounds }: { seconds: number; rounds: number },
): Promise<void> {
  await startMock(processes, measuringCore);
  const { policyFile, token } = prepareIssuer(processes.folder);
  const { headers: keyHeaders, process } = await surety.start(processes, policyFile);
  const { pid } = process;
  const contestants = [
    { name: 'API key', headers: keyHeaders, turns: [] as Turn[] },
    { name: 'token (RS256)', headers: { authorization: `Bearer ${token}` }, turns: [] as Turn[] },
  ] as const;
  const run = (headers: Readonly<Record<string, string>>, forSeconds: number): Promise<LoadFigures> =>
    load(processes, { port: surety.port, headers, connections, seconds: forSeconds });
  for (const { headers } of contestants) await run(headers, warmUpSeconds);
  for (let round = 0; round < rounds; round++) {
    for (const { headers, turns } of contestants) {
      const cpuBefore = cpuMsOf(pid);
      const figures = await run(headers, seconds);
      await untilIdle(pid);
      turns.push({ figures, cpuMicroseconds: ((cpuMsOf(pid) - cpuBefore) * 1000) / figures.calls });
    }
  }
  const [key, signed] = contestants;
  const rows = contestants.map(({ name, turns }) => ({
    credential: name,
    'calls/s': decimals(median(turns.map(({ figures }) => figures.callsPerSecond)), 0),
    'CPU µs/call': decimals(median(turns.map(({ cpuMicroseconds }) => cpuMicroseconds)), 1),
    'p99 ms': decimals(median(turns.map(({ figures }) => figures.p99Ms)), 2),
    errors: String(turns.reduce((sum, { figures }) => sum + figures.errors, 0)),
  }));
  printTable(`Tokens: ${connections} connections, ${rounds} rounds of ${seconds} s`, rows);
  console.log('\nTargets');
  const ratios = signed.turns.map(
    ({ cpuMicroseconds }, round) => cpuMicroseconds / (key.turns[round]?.cpuMicroseconds ?? Number.NaN),
  );
  printTarget(
    'CPU of a call with a verified token against an API key, at most 1.1',
    median(ratios),
    (value) => value <= 1.1,
  );
}
