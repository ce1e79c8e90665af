import {
  type BodyInspection,
  type ClassRank,
  createPlaceholders,
  type FailedInspection,
  inspectBody,
  inspectInTurns,
  type InspectedTexts,
  type Placeholders,
} from '../../privacy/index.ts';
import type { FaultCode } from '../../../kernel/index.ts';
import { type Denied, deny } from '../denied.ts';
import type { DataRules } from '../snapshot/data.ts';
import { type Attributed, type CallInspection, inspected, type Inspected, type Plan } from '../states.ts';
import type { Target } from '../target.ts';
import { contentOf, otherContentOf } from './content.ts';
import { envelopeTextsOf } from './envelope.ts';

/** What a call holds, as far as it is decided by; `highestUnread`: of what cannot be taken out. */
type Looked = Pick<BodyInspection, 'findings' | 'unread' | 'characters' | 'highest' | 'highestUnread'> &
  Partial<Pick<BodyInspection, 'redact' | 'redactInTurns' | 'reserveIn'>>;

/**
 * Keeps from each service what is above the class it may see. What cannot be read is of a class too, and cannot be taken out; a detector that
 * fails refuses the call. Threat: personal data and secrets that leave to a service, or to the one that is tried after it.
 */
export function inspect(state: Attributed): Inspected | Denied | Promise<Inspected | Denied> {
  const { data } = state.snapshot;
  if (data === undefined) return inspected(state, undefined);
  const content = contentOf(state);
  const conclude = (found: BodyInspection | FailedInspection): Decided => {
    const whole = found.ok
      ? withEnvelope(state, data, content === undefined ? irreplaceable(found) : found)
      : undefined;
    if (!whole) return { result: refuse(state, 'data.uninspected', undefined) };
    return decide(state, data, whole);
  };
  const body =
    content === undefined
      ? otherBodyOf(state)
      : {
          ...content,
          reading: data.readingOf(state.route.name, state.operation.operation.name),
          direction: 'request' as const,
        };
  const length = content?.text.length ?? state.body.length;
  if (length <= largeBody) return conclude(inspectBody(data.classifier, body)).result;
  return inspectInTurns(data.classifier, body).then(async (found) => {
    const { result, prepare } = conclude(found);
    await prepare?.();
    return result;
  });
}

interface Decided {
  readonly result: Inspected | Denied;
  /** Makes the bodies that will be sent, in turns with other work. */
  readonly prepare?: () => Promise<void>;
}

/** From here on, in characters, other calls go on while a body is inspected. */
const largeBody = 65_536;

function otherBodyOf(state: Attributed): InspectedTexts {
  const { texts, hasData } = otherContentOf(state);
  return { texts, unread: hasData ? [{ path: [], what: 'form' }] : [] };
}

/** Nothing of it can be replaced. */
const irreplaceable = ({ findings, unread, characters, highest, highestUnread }: BodyInspection): Looked => ({
  findings,
  unread,
  characters,
  highest,
  highestUnread,
});

/** What is in the path, the query and the headers goes to the service as it is. Undefined where a detector failed. */
function withEnvelope(state: Attributed, { classifier }: DataRules, looked: Looked): Looked | undefined {
  const texts = envelopeTextsOf(state);
  if (texts.length === 0) return looked;
  const found = inspectBody(classifier, { texts, unread: [] });
  if (!found.ok) return undefined;
  return {
    ...looked,
    findings: [...looked.findings, ...found.findings],
    characters: looked.characters + found.characters,
    highest: Math.max(looked.highest, found.highest),
    highestUnread: Math.max(looked.highestUnread, found.highest),
  };
}

function decide(state: Attributed, data: DataRules, looked: Looked): Decided {
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
  const action: CallInspection['action'] = isRefused
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
    const none = { ...found, action: 'none' as const, would };
    return { result: inspected(state, none, { plan, wouldDeny: denials }) };
  }
  const done = { ...found, action, would: undefined };
  if (isRefused) return { result: refuse(state, 'data.class', done) };
  if (!isRedacted) return { result: inspected(state, done, { plan: kept, wouldDeny }) };
  const placeholders = restores ? createPlaceholders() : undefined;
  // What the caller wrote itself stands for nothing.
  if (placeholders) looked.reserveIn?.(placeholders);
  const texts = createRedactions(looked, ceilingOf, placeholders);
  const changed = { ...done, textFor: texts.textFor, placeholders };
  return {
    result: inspected(state, changed, { plan: kept, wouldDeny }),
    prepare: () => texts.prepare(kept),
  };
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

interface Redactions {
  readonly textFor: CallInspection['textFor'];
  /** Makes them for all targets of a plan. */
  prepare(plan: Plan): Promise<void>;
}

/** Made once for each ceiling, and only if it is needed. */
function createRedactions(
  { redact, redactInTurns, highest }: Looked,
  ceilingOf: (target: Target) => ClassRank,
  placeholders: Placeholders | undefined,
): Redactions {
  const made = new Map<ClassRank, string>();
  return {
    textFor(target) {
      const ceiling = ceilingOf(target);
      if (highest <= ceiling) return undefined;
      const text = made.get(ceiling) ?? redact?.(ceiling, placeholders ?? createPlaceholders());
      if (text !== undefined) made.set(ceiling, text);
      return text;
    },
    async prepare(plan) {
      for (const ceiling of new Set(plan.flat().map(ceilingOf))) {
        if (highest <= ceiling) continue;
        const text = await redactInTurns?.(ceiling, placeholders ?? createPlaceholders());
        if (text !== undefined) made.set(ceiling, text);
      }
    },
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
