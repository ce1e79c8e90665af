import type { Deployment } from './deployment.ts';
import type { AzureResource } from './resource.ts';
import type { Setting } from './setting.ts';

type Rule = AzureResource<'securityRule'>;

/** From a port to a port, both with it. */
export type Ports = readonly [number, number];

const allPorts: readonly Ports[] = [[0, 65_535]];
/** Azure takes no more in one group; what lies beyond cannot be deployed. */
const mostRules = 1000;

const isAnywhere = (prefix: string): boolean =>
  /^(\*|any|internet|0\.0\.0\.0|[\d.]+\/[01]|[\da-f:]*::[\da-f:]*\/[01])$/i.test(prefix.trim());

const said = (one: Setting, several: Setting): readonly string[] => [...one.texts, ...several.texts];

/** Whether everybody may be meant: `open` where only the deployment knows. An address of something that is deployed too is somebody. */
function everybody(one: Setting, several: Setting): boolean | 'open' {
  if (said(one, several).some(isAnywhere)) return true;
  return [one, several].some((setting) => setting.isUnclear) ? 'open' : false;
}

function portsOf(one: Setting, several: Setting): readonly Ports[] | 'open' {
  if (one.isOpen || several.isOpen) return 'open';
  return said(one, several).flatMap((text) => {
    if (text.trim() === '*') return allPorts;
    const [, from, to = from] = /^\s*(\d{1,5})\s*(?:-\s*(\d{1,5})\s*)?$/.exec(text) ?? [];
    return from === undefined ? [] : [[Number(from), Number(to)] as const];
  });
}

const isAllPorts = (ports: readonly Ports[] | 'open'): boolean =>
  ports !== 'open' && ports.some(([from, to]) => from <= 1 && to >= 65_535);

export interface OpenRule {
  readonly rule: Rule;
  /** What anybody reaches by it; `open` where only the deployment knows, and then what it depends on. */
  readonly ports: readonly Ports[] | 'open';
  readonly because?: Setting | undefined;
}

/** The rules of the security groups that let in from everywhere, without what a rule of higher priority denies. */
export function openRules(deployment: Deployment): OpenRule[] {
  const found = new Map<Rule, OpenRule>();
  for (const rules of ruleGroups(deployment)) for (const one of openIn(rules)) found.set(one.rule, one);
  return [...found.values()];
}

function ruleGroups(deployment: Deployment): readonly (readonly Rule[])[] {
  const groups = new Map<unknown, Rule[]>();
  for (const rule of deployment.all('securityRule')) {
    const named = rule.get('group');
    const within = deployment.ownersOf(rule, 'securityGroup');
    const owners = within.length > 0 ? within : deployment.targetsOf(named, rule, 'securityGroup');
    // The group may be there already, known by its name alone.
    const keys = owners.length > 0 ? owners : [named.text ?? rule.parentKeys[0] ?? rule];
    for (const key of keys) {
      const group = groups.get(key);
      if (group) group.push(rule);
      else groups.set(key, [rule]);
    }
  }
  return [...groups.values()];
}

function openIn(rules: readonly Rule[]): OpenRule[] {
  const denials = rules.length > mostRules ? [] : rules.flatMap(denialOf);
  return rules.flatMap((rule): OpenRule[] => {
    const access = rule.get('access');
    if (rule.get('direction').is('Outbound') || access.is('Deny')) return [];
    const [source, sources] = [rule.get('source'), rule.get('sources')];
    const who = everybody(source, sources);
    if (who === false) return [];
    const [port, several] = [rule.get('port'), rule.get('ports')];
    const ports = portsOf(port, several);
    const because = [
      access,
      rule.get('direction'),
      ...(who === 'open' ? [source, sources] : []),
      port,
      several,
    ].find((setting) => setting.isOpen);
    if (because || ports === 'open') return [{ rule, ports: 'open', because }];
    const left = withoutDenied(ports, rule, denials);
    return left.length === 0 ? [] : [{ rule, ports: left }];
  });
}

interface Denial {
  readonly priority: number;
  readonly protocol: Setting;
  readonly ports: readonly Ports[];
}

/** Only one that keeps out everybody, from everywhere, counts against what lets everybody in. */
function denialOf(rule: Rule): Denial[] {
  const priority = rule.get('priority').number;
  const ports = portsOf(rule.get('port'), rule.get('ports'));
  const counts =
    rule.get('direction').is('Inbound') &&
    rule.get('access').is('Deny') &&
    everybody(rule.get('source'), rule.get('sources')) === true &&
    everybody(rule.get('destination'), rule.get('destinations')) === true &&
    isAllPorts(portsOf(rule.get('sourcePort'), rule.get('sourcePorts')));
  return counts && priority !== undefined && ports !== 'open'
    ? [{ priority, protocol: rule.get('protocol'), ports }]
    : [];
}

function withoutDenied(ports: readonly Ports[], rule: Rule, denials: readonly Denial[]): readonly Ports[] {
  const priority = rule.get('priority').number;
  const protocol = rule.get('protocol').text ?? '*';
  if (priority === undefined) return ports;
  return denials
    .filter((denial) => denial.priority < priority && denial.protocol.is('*', protocol))
    .flatMap((denial) => denial.ports)
    .reduce<readonly Ports[]>(subtract, ports);
}

const subtract = (ports: readonly Ports[], [from, to]: Ports): readonly Ports[] =>
  ports.flatMap(([start, end]): Ports[] =>
    from > end || to < start
      ? [[start, end]]
      : [
          ...(start < from ? [[start, from - 1] as const] : []),
          ...(end > to ? [[to + 1, end] as const] : []),
        ],
  );
