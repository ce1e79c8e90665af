import { type AzureCheck, cisAzure, type FoundInAzure } from '../check.ts';
import { type OpenRule, openRules, type Ports } from '../../azure/rules.ts';
import type { Severity } from '../../report.ts';
import { cannotTell } from './demand.ts';

/** What machines and clusters are managed by: SSH, Telnet, RPC, SMB, RDP, WinRM, etcd, the API server, the kubelet. */
const managementPorts = [22, 23, 135, 445, 2379, 2380, 3389, 5985, 5986, 6443, 10_250];
const webPorts = new Set([80, 443]);

const holds = ([from, to]: Ports, port: number): boolean => from <= port && port <= to;

function severityOf(ports: readonly Ports[], isIcmp: boolean): Severity {
  if (isIcmp) return 'low';
  if (managementPorts.some((port) => ports.some((one) => holds(one, port)))) return 'critical';
  // Meant to be public, it may be; that is for somebody to say.
  return ports.every(([from, to]) => from === to && webPorts.has(from)) ? 'medium' : 'high';
}

const shown = ([from, to]: Ports): string => (from === to ? String(from) : `${from}-${to}`);

function foundOf({ rule, ports, because }: OpenRule): FoundInAzure {
  if (ports === 'open') return cannotTell(rule, because ?? rule.get('port'));
  const { path } = rule.get('sources').isGiven ? rule.get('sources') : rule.get('source');
  const isAll = ports.some(([from, to]) => from <= 1 && to >= 65_535);
  const what = isAll ? 'every port' : `port ${ports.slice(0, 5).map(shown).join(', ')}`;
  return {
    subject: rule,
    path,
    message: `Everybody may come in, to ${what}.`,
    severity: severityOf(ports, rule.get('protocol').is('Icmp')),
  };
}

export const a03: AzureCheck = {
  id: 'A03',
  of: 'azure',
  title: 'A security group lets everybody in',
  severity: 'critical',
  why: 'Addresses on the Internet are tried without pause; what manages machines is what is tried first.',
  fix: 'Name the addresses or the service tag that are meant; reach machines through Bastion or a private network.',
  references: [cisAzure('7.1'), cisAzure('7.2'), cisAzure('7.3'), cisAzure('7.4')],
  example: {
    bad: 'resource "azurerm_network_security_rule" "ssh" {\n  direction              = "Inbound"\n  access                 = "Allow"\n  source_address_prefix  = "*"\n  destination_port_range = "22"\n}\n',
    good: 'resource "azurerm_network_security_rule" "ssh" {\n  direction              = "Inbound"\n  access                 = "Allow"\n  source_address_prefix  = "10.20.0.0/24"\n  destination_port_range = "22"\n}\n',
  },
  find: (deployment) => openRules(deployment).map(foundOf),
};
