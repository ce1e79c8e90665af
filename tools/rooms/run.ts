import { globSync, readFileSync } from 'node:fs';
import { checkRooms, listLongFiles } from './check.ts';
import { checkedFolders } from './rules.ts';

const files = globSync(checkedFolders.map((folder) => `${folder}/**/*.ts`))
  .filter((path) => !path.includes('node_modules'))
  .sort()
  .map((path) => ({ path, text: readFileSync(path, 'utf8') }));

const violations = checkRooms(files);
for (const { path, line, rule, message } of violations) console.error(`${path}:${line} ${rule}: ${message}`);
const long = listLongFiles(files);
if (long.length > 0) console.log(`longer than wished: ${long.join(', ')}`);
console.log(`${files.length} files, ${violations.length} violations`);
// A glob that finds nothing would pass everything.
process.exitCode = violations.length > 0 || files.length === 0 ? 1 : 0;
