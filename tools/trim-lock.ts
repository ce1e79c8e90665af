import { readFileSync, writeFileSync } from 'node:fs';

/**
 * `npm run lock`: takes optional packages out of package-lock.json that the lock names but does not hold. A registry that lacks builds for
 * some platforms makes npm write such names, and `npm ci` then refuses the whole file.
 */
interface LockedPackage {
  version?: string;
  optionalDependencies?: Record<string, string>;
}

const file = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, LockedPackage> };

/** Where Node would look for a package from a place in the tree: the nearest folder first. */
function* placesOf(name: string, from: string): Generator<string> {
  for (let path = from; ; ) {
    yield `${path === '' ? '' : `${path}/`}node_modules/${name}`;
    if (path === '') return;
    const parent = path.lastIndexOf('/node_modules/');
    path = parent < 0 ? '' : path.slice(0, parent);
  }
}

function isHeld(name: string, version: string, from: string): boolean {
  const place = [...placesOf(name, from)].find((path) => lock.packages[path]);
  return place !== undefined && lock.packages[place]?.version === version;
}

let removed = 0;
for (const [path, entry] of Object.entries(lock.packages)) {
  if (path === '' || !entry.optionalDependencies) continue;
  const kept = Object.entries(entry.optionalDependencies).filter(([name, version]) =>
    isHeld(name, version, path),
  );
  removed += Object.keys(entry.optionalDependencies).length - kept.length;
  if (kept.length > 0) entry.optionalDependencies = Object.fromEntries(kept);
  else delete entry.optionalDependencies;
}
writeFileSync(file, `${JSON.stringify(lock, undefined, 2)}\n`);
console.log(`${removed} optional packages that the lock does not hold were taken out.`);
