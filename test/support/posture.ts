import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  defaultVerify,
  type PostureSettings,
  type Report,
  scan,
  settingsOf,
} from '../../src/verify/posture/index.ts';

/** What the manifests of the corpus are written for: registries and flows are what a policy says. */
export const corpusSettings: PostureSettings = {
  ...settingsOf({ ...defaultVerify, kubernetes: '1.34' }, { today: '2026-11-25' }),
  registries: ['registry.example.com'],
  writable: ['/tmp', '/var/cache'],
  system: {
    services: { agents: { port: 8000 }, memory: { port: 6379 }, web: {} },
    flows: ['agents -> memory'],
  },
};

/** Writes files into a new folder, scans it, and gives the report with paths below the folder. */
export function scanTexts(
  files: Readonly<Record<string, string | Buffer>>,
  settings: PostureSettings = corpusSettings,
  means: Parameters<typeof scan>[2] = {},
): { folder: string; report: Report } {
  const folder = mkdtempSync(join(tmpdir(), 'surety-posture-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const { report } = scan([folder], settings, means);
  const short = <Named extends { readonly file: string }>(one: Named): Named => ({
    ...one,
    file: one.file.slice(folder.length + 1),
  });
  return {
    folder,
    report: {
      searched: report.searched,
      evaluated: report.evaluated.map(short),
      findings: report.findings.map(short),
      suppressed: report.suppressed.map((one) => ({ ...one, finding: short(one.finding) })),
      notEvaluated: report.notEvaluated.map(short),
    },
  };
}
