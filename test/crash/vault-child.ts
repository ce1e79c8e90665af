import { writeSync } from 'node:fs';
import { silentLog, systemClock } from '../../src/kernel/index.ts';
import { openKeyStore, openLocalKeys } from '../../src/secrets/index.ts';

/**
 * Makes keys, destroys some, and rotates the master key, until it is killed. Prints each key once it was acknowledged (`made ID SEALED`), and before
 * and after it is destroyed (`going ID`, `gone ID`).
 */
const [folder = ''] = process.argv.slice(2);
const provider = openLocalKeys(folder, { create: true });
const keys = await openKeyStore({
  folder,
  create: true,
  provider,
  prefixes: { subject: 'subj' },
  clock: systemClock,
  log: silentLog,
});
writeSync(1, 'open\n');

for (let round = 0; ; round++) {
  const made = await Promise.all(
    Array.from({ length: 1 + Math.floor(Math.random() * 5) }, async () => {
      const name = `subject ${Math.random()}`;
      const reference = keys.take('subject', name);
      if (!reference) throw new Error('full');
      await reference.kept;
      const sealed = await keys.seal(reference.id, { purpose: 'test', about: '' }, Buffer.from(name));
      writeSync(1, `made ${reference.id} ${sealed.toString('base64url')}\n`);
      return reference.id;
    }),
  );
  const [gone] = made;
  if (gone !== undefined && Math.random() < 0.3) {
    writeSync(1, `going ${gone}\n`);
    await keys.destroy([gone]);
    writeSync(1, `gone ${gone}\n`);
  }
  if (round % 5 === 4) await keys.rotate();
}
