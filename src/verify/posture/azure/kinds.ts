import { cluster, nodePool } from './kinds/kubernetes.ts';
import {
  diagnosticLog,
  diagnosticSetting,
  flowLog,
  network,
  securityGroup,
  securityRule,
  subnet,
  subnetAssociation,
} from './kinds/network.ts';
import {
  aiAccount,
  postgres,
  postgresConfiguration,
  postgresFirewall,
  redis,
  registry,
  search,
  storage,
  storageRules,
  vault,
} from './kinds/services.ts';

/** What of Azure the checks know, and where each form says it. */
export const kinds = {
  cluster,
  nodePool,
  securityGroup,
  securityRule,
  network,
  subnet,
  subnetAssociation,
  flowLog,
  diagnosticSetting,
  diagnosticLog,
  vault,
  storage,
  storageRules,
  registry,
  aiAccount,
  search,
  postgres,
  postgresConfiguration,
  postgresFirewall,
  redis,
} as const;

export type KindName = keyof typeof kinds;
export type SettingName<Name extends KindName> = keyof (typeof kinds)[Name]['settings'] & string;

export const kindNames = Object.keys(kinds) as KindName[];

const byTerraform = new Map<string, KindName>(
  kindNames.flatMap((name) => kinds[name].terraform.map((type) => [type, name] as const)),
);
const byArm = new Map<string, KindName>(
  kindNames.flatMap((name) => kinds[name].arm.map((type) => [type.toLowerCase(), name] as const)),
);

export const terraformKind = (type: string): KindName | undefined => byTerraform.get(type);
/** Azure takes its types in any case. */
export const armKind = (type: string): KindName | undefined => byArm.get(type.toLowerCase());
