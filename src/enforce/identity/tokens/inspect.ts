import type { JsonObject, JsonValue } from '../../../kernel/index.ts';
import { type ClaimsPolicy, type JudgedClaims, judgeClaims } from './claims.ts';
import { readCompact, type Refused, type Result } from './compact.ts';
import { readHeader, type TokenHeader } from './header.ts';
import type { IssuerSection } from './issuer-section.ts';
import type { KeySet } from './key-set.ts';
import { type TokenReason, tokenReasons } from './reasons.ts';
import { isSignedBy } from './verify.ts';

/** The steps of a token's way, in their order. */
const steps = [
  'shape',
  'issuer',
  'header',
  'key',
  'signature',
  'times',
  'audience',
  'subject',
  'team',
  'roles',
] as const;
type Step = (typeof steps)[number];

export interface InspectedStep {
  readonly step: Step;
  /** `unknown`: it could not be looked at here. */
  readonly result: 'ok' | 'refused' | 'unknown' | 'not reached';
  readonly says: string;
  readonly reason?: TokenReason;
}

/** What the gate would make of a token, step by step. It holds claims of the token and is for the eyes of who holds it. */
export interface TokenInspection {
  readonly accepted: 'yes' | 'no' | 'unknown';
  readonly reason?: TokenReason;
  readonly steps: readonly InspectedStep[];
  readonly subject?: string;
  readonly tokenId?: string;
  readonly roles?: readonly string[];
  readonly team?: string;
  /** Unix milliseconds. */
  readonly issuedAt?: number;
  readonly expiresAt?: number;
}

export interface InspectOptions extends ClaimsPolicy {
  readonly issuers: readonly IssuerSection[];
  /** The keys at hand for an issuer; undefined where there are none offline. */
  keysOf(issuer: IssuerSection): KeySet | Refused | undefined;
  readonly now: number;
}

/** Decides with the very functions the gate decides with, so that the explanation cannot differ from the decision. */
export async function inspectToken(text: string, options: InspectOptions): Promise<TokenInspection> {
  const trace = createTrace();
  const compact = trace.take('shape', readCompact(text), () => `${text.length} characters, three parts`);
  if (!compact) return trace.end();
  const { claims } = compact;
  const issuer = trace.take('issuer', issuerOf(claims, options.issuers), ({ issuer: name }) => name);
  if (!issuer) return trace.end();
  const header = trace.take('header', readHeader(compact.header, issuer.algorithms), describeHeader);
  if (!header) return trace.end();

  const keys = options.keysOf(issuer);
  if (keys) {
    const key = trace.take(
      'key',
      keys.ok ? keys.find(header.keyId, header.algorithm) : keys,
      ({ kind }) => kind,
    );
    if (!key) return trace.end();
    const signed = await isSignedBy(compact, key, header.algorithm);
    const signature: Result<true> = signed
      ? { ok: true, value: true }
      : { ok: false, reason: 'token.signature' };
    if (!trace.take('signature', signature, () => 'verifies')) return trace.end();
  } else {
    trace.unknown('key', 'the keys of the issuer are not here; name a file of them with --keys');
    trace.unknown('signature', 'not checked without the key');
  }
  return judge(claims, { ...options, issuer, trace });
}

type Trace = ReturnType<typeof createTrace>;

function createTrace() {
  const found: InspectedStep[] = [];
  let reason: TokenReason | undefined;
  return {
    take<Value>(step: Step, result: Result<Value>, says: (value: Value) => string): Value | undefined {
      if (result.ok) {
        found.push({ step, result: 'ok', says: says(result.value) });
        return result.value;
      }
      this.refuse(step, result.reason, '');
      return undefined;
    },
    ok: (step: Step, says: string) => void found.push({ step, result: 'ok', says }),
    unknown: (step: Step, says: string) => void found.push({ step, result: 'unknown', says }),
    refuse(step: Step, why: TokenReason, more: string) {
      reason = why;
      found.push({
        step,
        result: 'refused',
        says: [tokenReasons[why], more].filter(Boolean).join(' '),
        reason: why,
      });
    },
    end(facts: Partial<TokenInspection> = {}): TokenInspection {
      const rest = steps
        .slice(found.length)
        .map((step): InspectedStep => ({ step, result: 'not reached', says: '' }));
      const unknown = found.some(({ result }) => result === 'unknown');
      const accepted = reason !== undefined ? 'no' : unknown ? 'unknown' : 'yes';
      return { accepted, ...(reason !== undefined && { reason }), steps: [...found, ...rest], ...facts };
    },
  };
}

function issuerOf({ iss }: JsonObject, issuers: readonly IssuerSection[]): Result<IssuerSection> {
  const value = issuers.find(({ issuer }) => issuer === iss);
  return value ? { ok: true, value } : { ok: false, reason: 'token.issuer' };
}

function describeHeader({ algorithm, keyId }: TokenHeader): string {
  return `${algorithm}, ${keyId === undefined ? 'no key id' : `key ${shown(keyId)}`}`;
}

const claimSteps = ['times', 'audience', 'subject', 'team', 'roles'] as const;

/** Which step a refusal of the claims belongs to. */
function stepOf(reason: TokenReason): (typeof claimSteps)[number] {
  switch (reason) {
    case 'token.audience':
      return 'audience';
    case 'token.subject':
    case 'token.bound':
      return 'subject';
    case 'token.team':
      return 'team';
    default:
      return 'times';
  }
}

function judge(
  claims: JsonObject,
  { issuer, trace, now, roles, teams }: InspectOptions & { issuer: IssuerSection; trace: Trace },
): TokenInspection {
  const judged = judgeClaims(claims, { issuer, policy: { roles, teams }, now });
  const failed = judged.ok ? undefined : stepOf(judged.reason);
  for (const step of claimSteps) {
    if (!judged.ok && step === failed) {
      trace.refuse(step, judged.reason, describeClaim(step, claims, issuer));
      return trace.end();
    }
    const claim = describeClaim(step, claims, issuer);
    trace.ok(step, judged.ok ? describeJudged(step, judged.value, claim) : claim);
  }
  if (!judged.ok) return trace.end();
  const { subject, tokenId, team, issuedAt, expiresAt } = judged.value;
  return trace.end({
    subject,
    roles: judged.value.roles,
    issuedAt,
    expiresAt,
    ...(tokenId !== undefined && { tokenId }),
    ...(team !== undefined && { team }),
  });
}

/** What the token says about a step, and what the policy asks for. */
function describeClaim(step: Step, claims: JsonObject, issuer: IssuerSection): string {
  switch (step) {
    case 'times':
      return ['iat', 'nbf', 'exp'].map((name) => `${name} ${timeText(claims[name])}`).join(', ');
    case 'audience':
      return `aud ${shown(claims['aud'])}; the policy asks for ${issuer.audience.map(shown).join(' or ')}`;
    case 'subject':
      return `sub ${shown(claims['sub'])}, jti ${shown(claims['jti'])}`;
    case 'team':
      return issuer.team ? `from ${claimText(issuer.team.claim, claims)}` : 'the policy asks for none';
    default:
      return `from ${claimText(issuer.roles.claim, claims)}`;
  }
}

/** What was made of it, before what the token says. */
function describeJudged(step: Step, { expiresAt, team, roles }: JudgedClaims, claim: string): string {
  if (step === 'times') return `${claim}; accepted until ${new Date(expiresAt).toISOString()}`;
  if (step === 'team') return team === undefined ? claim : `${team}, ${claim}`;
  if (step !== 'roles') return claim;
  return `${roles.join(', ') || 'none, so that every call is refused (permission.operation)'}; ${claim}`;
}

function claimText(path: readonly string[] | undefined, claims: JsonObject): string {
  if (!path) return 'the policy alone';
  let value: JsonValue | undefined = claims;
  for (const name of path) {
    const isObject: boolean =
      typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, name);
    value = isObject ? (value as JsonObject)[name] : undefined;
  }
  return `the claim ${path.join('.')}: ${shown(value)}`;
}

function timeText(value: JsonValue | undefined): string {
  if (typeof value !== 'number') return value === undefined ? 'not said' : shown(value);
  const at = new Date(value * 1000);
  return Number.isNaN(at.getTime()) ? shown(value) : at.toISOString();
}

const longestShown = 300;

/** A value of the token on a terminal: it must not move the cursor, turn the writing direction or fill the screen. */
function shown(value: JsonValue | undefined): string {
  if (value === undefined) return 'not said';
  const text = JSON.stringify(value).replace(/\p{C}/gu, '\ufffd');
  return text.length > longestShown ? `${text.slice(0, longestShown)}…` : text;
}
