import { at, type Kind } from './kind.ts';

export const securityGroup = {
  terraform: ['azurerm_network_security_group'],
  arm: ['Microsoft.Network/networkSecurityGroups'],
  settings: {},
} as const satisfies Kind;

export const securityRule = {
  terraform: ['azurerm_network_security_rule'],
  arm: ['Microsoft.Network/networkSecurityGroups/securityRules'],
  within: { kind: 'securityGroup', terraform: 'security_rule', arm: 'properties.securityRules' },
  settings: {
    group: { ...at('network_security_group_name', ''), names: 'securityGroup' },
    direction: at('direction', 'properties.direction'),
    access: at('access', 'properties.access'),
    priority: at('priority', 'properties.priority'),
    protocol: at('protocol', 'properties.protocol'),
    source: at('source_address_prefix', 'properties.sourceAddressPrefix'),
    sources: at('source_address_prefixes', 'properties.sourceAddressPrefixes'),
    sourcePort: at('source_port_range', 'properties.sourcePortRange'),
    sourcePorts: at('source_port_ranges', 'properties.sourcePortRanges'),
    destination: at('destination_address_prefix', 'properties.destinationAddressPrefix'),
    destinations: at('destination_address_prefixes', 'properties.destinationAddressPrefixes'),
    port: at('destination_port_range', 'properties.destinationPortRange'),
    ports: at('destination_port_ranges', 'properties.destinationPortRanges'),
  },
} as const satisfies Kind;

export const network = {
  terraform: ['azurerm_virtual_network'],
  arm: ['Microsoft.Network/virtualNetworks'],
  settings: {},
} as const satisfies Kind;

export const subnet = {
  terraform: ['azurerm_subnet'],
  arm: ['Microsoft.Network/virtualNetworks/subnets'],
  within: { kind: 'network', terraform: 'subnet', arm: 'properties.subnets' },
  settings: {
    name: at('name', 'name'),
    network: { ...at('virtual_network_name', ''), names: 'network' },
    group: at('security_group', 'properties.networkSecurityGroup.id'),
  },
} as const satisfies Kind;

export const subnetAssociation = {
  terraform: ['azurerm_subnet_network_security_group_association'],
  arm: [],
  settings: {
    subnet: at('subnet_id', ''),
    group: at('network_security_group_id', ''),
  },
} as const satisfies Kind;

export const flowLog = {
  terraform: ['azurerm_network_watcher_flow_log'],
  arm: ['Microsoft.Network/networkWatchers/flowLogs'],
  settings: {
    target: at('target_resource_id|network_security_group_id', 'properties.targetResourceId'),
    enabled: at('enabled', 'properties.enabled', false),
    retained: at('retention_policy.enabled', 'properties.retentionPolicy.enabled', false),
    days: at('retention_policy.days', 'properties.retentionPolicy.days', 0),
  },
} as const satisfies Kind;

export const diagnosticSetting = {
  terraform: ['azurerm_monitor_diagnostic_setting'],
  arm: ['Microsoft.Insights/diagnosticSettings'],
  settings: { target: at('target_resource_id', 'scope') },
} as const satisfies Kind;

export const diagnosticLog = {
  terraform: [],
  arm: [],
  within: { kind: 'diagnosticSetting', terraform: 'enabled_log|log', arm: 'properties.logs', flat: true },
  settings: {
    enabled: at('enabled', 'enabled', true),
    category: at('category', 'category'),
    group: at('category_group', 'categoryGroup'),
  },
} as const satisfies Kind;
