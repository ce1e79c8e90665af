import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { faultTable } from '../src/kernel/index.ts';
import { type PolicyFormat, policyJsonSchema, policyReference } from '../src/policy/index.ts';
import { apiRoutes, describeApi } from '../src/serve/index.ts';
import { apiReference } from './api-reference.ts';
import { errorReference } from './error-reference.ts';

const root = new URL('../', import.meta.url);

/** Every generated file, with what should stand in it. */
async function generate(): Promise<Map<string, string>> {
  const files = new Map([
    ['docs/errors.md', errorReference(faultTable)],
    ['docs/api.md', apiReference(describeApi(apiRoutes, ''))],
  ]);
  const format = await loadPolicyFormat();
  if (format) {
    files.set('docs/policy.md', policyReference(format));
    files.set('docs/surety.schema.json', `${JSON.stringify(policyJsonSchema(format), undefined, 2)}\n`);
  }
  return files;
}

/** The sections of all rooms put together, which only the composition root does. */
async function loadPolicyFormat(): Promise<PolicyFormat<unknown> | undefined> {
  const url = new URL('src/app/policy-format.ts', root);
  if (!existsSync(url)) return undefined;
  const assembled = (await import(url.href)) as { readonly policyFormat: PolicyFormat<unknown> };
  return assembled.policyFormat;
}

/** Names of the files that are not as they should be. */
function drifted(files: ReadonlyMap<string, string>): string[] {
  return [...files]
    .filter(([path, text]) => {
      const url = new URL(path, root);
      return !existsSync(url) || readFileSync(url, 'utf8') !== text;
    })
    .map(([path]) => path);
}

const files = await generate();
const stale = drifted(files);
if (process.argv.includes('--check')) {
  for (const path of stale) console.error(`${path} is not what the code says; run npm run generate`);
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  for (const path of stale) {
    const url = new URL(path, root);
    mkdirSync(new URL('.', url), { recursive: true });
    writeFileSync(url, files.get(path) ?? '');
  }
  console.log(
    stale.length > 0 ? `written: ${stale.join(', ')}` : `${files.size} generated files are up to date`,
  );
}
