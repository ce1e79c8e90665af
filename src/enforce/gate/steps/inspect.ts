import {
  type BodyInspection,
  type ClassRank,
  createPlaceholders,
  type FailedInspection,
  inspectBody,
  inspectInTurns,
  type Placeholders,
} from '../../privacy/index.ts';
import type { FaultCode } from '../../../kernel/index.ts';
import { type Denied, deny } from '../denied.ts';
import type { DataRules } from '../snapshot/data.ts';
import { type Attributed, type CallInspection, inspected, type Inspected, type Plan } from '../states.ts';
import type { Target } from '../target.ts';
import { addressTextOf, contentOf } from './content.ts';

/** What a call holds, as far as it is decided by; `highestUnread`: of what cannot be taken out. */
type Looked = Pick<BodyInspection, 'findings' | 'unread' | 'characters' | 'highest' | 'highestUnread'> &
  Partial<Pick<BodyInspection, 'redact' | 'reserveIn'>>;

/**
 * Keeps from each service what is above the class it may see. What cannot be read is of a class too, and cannot be taken out; a detector that
 * fails refuses the call. Threat: personal data and secrets that leave to a service, or to the one that is tried after it.
 */
export function inspect(state: Attributed): Inspected | Denied | Promise<Inspected | Denied> {
  const { data } = state.snapshot;
  if (data === undefined) return inspected(state, undefined);
  const content = contentOf(state);
  const conclude = (found: Looked | FailedInspection): Inspected | Denied => {
    const whole = 'error' in found ? undefined : withAddress(state, data, found);
    return whole ? decide(state, data, whole) : refuse(state, 'data.uninspected', undefined);
  };
  if (content === undefined) return conclude(unreadable(state, data));
  const reading = data.readingOf(state.route.name, state.operation.operation.name);
  const body = { ...content, reading, direction: 'request' } as const;
  return content.text.length > largeBody
    ? inspectInTurns(data.classifier, body).then(conclude)
    : conclude(inspectBody(data.classifier, body));
}

/** From here on, in characters, other calls go on while a body is looked into. */
const largeBody = 262_144;

/** What stands in the path and the query goes to the service as it is, where the wire passes all of it on. Undefined where a detector failed. */
function withAddress(state: Attributed, { classifier }: DataRules, looked: Looked): Looked | undefined {
  const text = addressTextOf(state);
  if (text === undefined) return looked;
  const found = inspectBody(classifier, { text });
  if (!found.ok) return undefined;
  return {
    ...looked,
    findings: [...looked.findings, ...found.findings],
    characters: looked.characters + found.characters,
    highest: Math.max(looked.highest, found.highest),
    highestUnread: Math.max(looked.highestUnread, found.highest),
  };
}

function unreadable({ body }: Attributed, { classifier }: DataRules): Looked {
  const rank = body.length > 0 ? classifier.unreadRank : -1;
  const unread = body.length > 0 ? [{ path: [], what: 'form' as const }] : [];
  return { findings: [], unread, characters: 0, highest: rank, highestUnread: rank };
}

function decide(state: Attributed, data: DataRules, looked: Looked): Inspected | Denied {
  const { route, plan, wouldDeny } = state;
  const above = data.aboveOf(route.name);
  const restores = above === 'pseudonymise';
  const takesOut = (above === 'redact' || restores) && looked.redact !== undefined;
  const ceilingOf = (target: Target): ClassRank => data.ceilingOf(route.name, target);
  // Of what is above a ceiling only findings can be taken out.
  const fixed = takesOut ? looked.highestUnread : looked.highest;
  const kept = narrow(plan, (target) => fixed <= ceilingOf(target), above === 'reroute');
  const isRedacted =
    takesOut && kept.some((place) => place.some((target) => looked.highest > ceilingOf(target)));
  const isNarrower = kept !== plan;
  const isRefused = plan.length > 0 && kept.length === 0;
  const action = isRefused
    ? 'refused'
    : isRedacted
      ? restores
        ? 'pseudonymised'
        : 'redacted'
      : isNarrower
        ? 'rerouted'
        : 'none';
  const found = { ...describe(data, looked), textFor: nothingChanged, placeholders: undefined };
  if (route.observe) {
    const would = action === 'none' ? undefined : action;
    const denials = isRefused ? [...wouldDeny, 'data.class' as const] : wouldDeny;
    return inspected(state, { ...found, action: 'none' as const, would }, { plan, wouldDeny: denials });
  }
  if (isRefused) return refuse(state, 'data.class', { ...found, action, would: undefined });
  if (!isRedacted) return inspected(state, { ...found, action, would: undefined }, { plan: kept, wouldDeny });
  const placeholders = restores ? createPlaceholders() : undefined;
  // What the caller wrote itself stands for nothing.
  if (placeholders) looked.reserveIn?.(placeholders);
  const textFor = redactions(looked, ceilingOf, placeholders);
  return inspected(
    state,
    { ...found, action, would: undefined, textFor, placeholders },
    { plan: kept, wouldDeny },
  );
}

const nothingChanged = (): undefined => undefined;

/**
 * The targets that may take the call. Where calls are not rerouted, one that would go to a service that may not is refused; a service that
 * is only tried after others is left out.
 */
function narrow(plan: Plan, may: (target: Target) => boolean, isRerouted: boolean): Plan {
  const takesPart = ({ weight }: Target): boolean => weight > 0;
  const [first = []] = plan;
  if (plan.every((place) => place.every((target) => !takesPart(target) || may(target)))) return plan;
  if (!isRerouted && !first.filter(takesPart).every(may)) return [];
  return plan
    .map((place) => place.filter((target) => takesPart(target) && may(target)))
    .filter((place) => place.length > 0);
}

/** Made once for each ceiling, and only if it is needed. */
function redactions(
  { redact, highest }: Looked,
  ceilingOf: (target: Target) => ClassRank,
  placeholders: Placeholders | undefined,
): CallInspection['textFor'] {
  const made = new Map<ClassRank, string>();
  return (target) => {
    const ceiling = ceilingOf(target);
    if (highest <= ceiling) return undefined;
    const text = made.get(ceiling) ?? redact?.(ceiling, placeholders ?? createPlaceholders());
    if (text !== undefined) made.set(ceiling, text);
    return text;
  };
}

function describe({ classifier }: DataRules, { findings, unread, characters, highest }: Looked) {
  const detectors: Record<string, number> = {};
  for (const { detector } of findings) detectors[detector] = (detectors[detector] ?? 0) + 1;
  return {
    dataClass: classifier.classes[highest],
    detectors,
    characters,
    unread: [...new Set(unread.map(({ what }) => what))],
  };
}

/** The caller is told classes, and never what was found. */
function refuse(
  state: Attributed,
  code: FaultCode,
  inspection: CallInspection | undefined,
): Inspected | Denied {
  const { route, wouldDeny, plan } = state;
  if (route.observe) return inspected(state, undefined, { plan, wouldDeny: [...wouldDeny, code] });
  inspected(state, inspection);
  const held = inspection?.dataClass;
  return deny(code, held === undefined ? {} : { detail: `Its class is ${held}.` });
}
