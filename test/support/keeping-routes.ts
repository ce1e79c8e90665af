import type { TestAdmin } from './admin.ts';
import type { RouteCase } from './route-case.ts';

/** A data subject that is known. */
const subject = ({ house }: TestAdmin) => house.keeping.subjects.take({ name: `jo-${Math.random()}` });
/** A case of access that was verified. */
const subjectCase = async ({ house }: TestAdmin, isVerified = true) => {
  const { cases } = house.keeping;
  const request = { name: `jo-${Math.random()}`, kind: 'correction', law: 'gdpr' } as const;
  const { id } = await cases.open(request, 'owner');
  if (isVerified) await cases.verify(id, { how: 'email' }, 'owner');
  return id;
};
/** Captured content. */
const captured = async ({ house }: TestAdmin) => {
  const { capture, captured: reading } = house.keeping;
  capture.capture({ entryId: house.newId(), route: '/v1/**', subject: undefined, prompt: 'hello' });
  await capture.flush();
  return (await reading.list({ limit: 1 }))[0]?.id ?? '';
};
const hold = async ({ house }: TestAdmin) =>
  (await house.keeping.holds.place({ scope: 'usage', matter: 'm-1' }, 'owner')).id;
const told = { reason: 'it takes longer', told: true };
const any = { 'if-match': '*' };

/** Cases of the routes about personal data. They need a policy that captures the route `/v1/**`. */
export const keepingCases: Readonly<Record<string, RouteCase>> = {
  'POST /api/subjects/find': {
    async good({ house }) {
      await house.keeping.subjects.take({ name: 'jo' });
      return { input: { subject: 'jo' } };
    },
    bad: { subject: 5 },
  },
  'GET /api/subjects/:id': { good: async (admin) => ({ input: { id: await subject(admin) } }) },
  'POST /api/subjects/:id/export': {
    good: async (admin) => ({ input: { id: await subject(admin), reason: 'support' } }),
    bad: { part: 'everything' },
  },
  'POST /api/subjects/:id/erase': {
    good: async (admin) => ({ input: { id: await subject(admin) } }),
    status: 202,
    bad: { commitment: 'jo' },
  },
  'GET /api/erasures': { good: () => ({}), bad: { limit: 0 } },
  'GET /api/erasures/:id/receipt': {
    async good(admin) {
      const { id } = await admin.house.keeping.erasing.erase({ subject: await subject(admin) }, 'owner');
      return { input: { id } };
    },
  },
  'POST /api/pseudonyms/:id/reveal': {
    good: ({ house }) => ({
      input: { id: house.pseudonyms.address('192.0.2.7').address, reason: 'support' },
    }),
    bad: { reason: 'because' },
  },
  'POST /api/pseudonyms/:id/erase': {
    good: ({ house }) => ({ input: { id: house.pseudonyms.address('192.0.2.8').address } }),
    status: 202,
  },
  'GET /api/cases': { good: () => ({ input: { state: 'open' } }), bad: { state: 'lost' } },
  'POST /api/cases': {
    good: () => ({ input: { subject: 'jo', kind: 'access', law: 'gdpr', received: '24h' } }),
    bad: { law: 'none' },
  },
  'GET /api/cases/:id': { good: async (admin) => ({ input: { id: await subjectCase(admin) } }) },
  'POST /api/cases/:id/verify': {
    good: async (admin) => ({
      input: { id: await subjectCase(admin, false), how: 'document' },
      headers: any,
    }),
    bad: { how: 'somehow' },
  },
  'POST /api/cases/:id/extend': {
    good: async (admin) => ({ input: { id: await subjectCase(admin), ...told }, headers: any }),
    bad: { told: false },
  },
  'POST /api/cases/:id/refuse': {
    good: async (admin) => ({
      input: { id: await subjectCase(admin), ground: 'excessive', ...told },
      headers: any,
    }),
    bad: { ground: 'annoying' },
  },
  'POST /api/cases/:id/complete': {
    good: async (admin) => ({ input: { id: await subjectCase(admin), note: 'mended' }, headers: any }),
    bad: { note: '' },
  },
  'POST /api/cases/:id/withdraw': {
    good: async (admin) => ({ input: { id: await subjectCase(admin) }, headers: any }),
  },
  'GET /api/captured': { good: () => ({ input: { since: '24h' } }), bad: { subject: 'jo' } },
  'POST /api/captured/:id/read': {
    good: async (admin) => ({ input: { id: await captured(admin), reason: 'incident' } }),
    bad: { reason: 'curiosity' },
  },
  'GET /api/retention': { good: () => ({}) },
  'POST /api/retention/sweep': {
    good: () => ({ input: { dryRun: true, only: 'captured' } }),
    bad: { dryRun: 'yes' },
  },
  'POST /api/retention/clock/confirm': { good: () => ({}), status: 202 },
  'POST /api/retention/holds': {
    good: () => ({ input: { scope: 'usage', matter: 'LIT-2026-17' } }),
    bad: { scope: 'mine' },
  },
  'GET /api/retention/holds/:id': { good: async (admin) => ({ input: { id: await hold(admin) } }) },
  'POST /api/retention/holds/:id/release': {
    good: async (admin) => ({ input: { id: await hold(admin) }, headers: any }),
    status: 202,
  },
  'GET /api/secrets': { good: () => ({}) },
  'POST /api/secrets/rotate': { good: () => ({}) },
};
