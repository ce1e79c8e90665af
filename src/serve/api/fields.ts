import { z } from 'zod';
import { parseDuration } from '../../kernel/index.ts';

/** Unix milliseconds as ISO 8601 in UTC. */
export function timestamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

/** A point in time: ISO 8601 (`2026-01-31`, `2026-01-31T12:00:00Z`) or how long ago (`24h`). Gives Unix milliseconds. */
export const momentSchema = z.string().transform((text, context) => {
  const ago = parseDuration(text);
  if (ago !== undefined) return Date.now() - ago;
  const at = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) {
    context.issues.push({
      code: 'custom',
      input: text,
      message: 'not a time; write 2026-01-31, 2026-01-31T12:00:00Z or 24h (ago)',
    });
    return z.NEVER;
  }
  return at;
});

/** The id of a data subject. A name in its place is refused: what was asked is recorded, and a name must not be. */
export const subjectIdSchema = z
  .string()
  .regex(
    /^subj_[\w-]{22}$/,
    'not the id of a data subject; ask for it by name first (POST /api/subjects/find)',
  );

/** A file or folder of the machine. Absolute: the working folder of the server is not that of who asks. */
export const machinePathSchema = z
  .string()
  .max(4096)
  .regex(/^\/[^\p{Cc}]+$/u, 'not an absolute path of the machine');
