import type { SystemPolicy } from '../../../policy/index.ts';
import type { Deployment } from '../azure/deployment.ts';
import type { Cluster } from '../cluster.ts';
import type { ComposeService } from '../compose/service.ts';
import type { FieldPath } from '../field.ts';
import type { Subject } from '../subject.ts';
import type { Pod } from '../kubernetes/pod.ts';
import type { Resource } from '../kubernetes/resource.ts';
import type { Patch, SetPatch } from '../mend/patch.ts';
import type { MinorVersion } from '../pod-security/rule.ts';
import type { Severity } from '../report.ts';
import type { DockerInstruction, DockerStage } from '../source/dockerfile.ts';

/** Where a check comes from. Editions move their numbers, so an id without one says nothing. */
export interface Reference {
  readonly standard:
    | 'CIS Kubernetes'
    | 'CIS Docker'
    | 'CIS Azure Kubernetes Service'
    | 'CIS Microsoft Azure Foundations'
    | 'Pod Security Standards'
    | 'NSA/CISA Kubernetes Hardening';
  readonly edition: string;
  readonly id: string;
}

export interface Found {
  readonly path: FieldPath;
  readonly container?: string | undefined;
  /** What was found and what should stand there, as a sentence. */
  readonly message: string;
  /** Where it is another than the check's. */
  readonly severity?: Severity | undefined;
  /** Applied by `--fix`: only what an ordinary workload does not notice. */
  readonly patch?: SetPatch | undefined;
  /** Shown, not applied: it may need a change of the image. */
  readonly proposal?: Patch | undefined;
}

/** A finding that a policy lets stand; what is not said does not narrow. */
export interface IgnoredFinding {
  readonly check: string;
  readonly file?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly container?: string;
  readonly reason: string;
  readonly until: string;
  /** Where it stands. */
  readonly place: { readonly file: string; readonly line: number; readonly column: number };
}

/** What a policy says of what is allowed; the defaults are the strict ones. */
export interface PostureSettings {
  readonly version: MinorVersion;
  /** `2026-11-25`, in UTC: whether a suppression still counts. */
  readonly today: string;
  /** The lowest user id a container may run as. */
  readonly uidFloor: number;
  /** Where it must be this one exactly. */
  readonly uid: number | undefined;
  /** Where images may come from: `registry.example.com`, `ghcr.io/acme`; undefined: anywhere. */
  readonly registries: readonly string[] | undefined;
  /** Paths a container may write to. */
  readonly writable: readonly string[];
  /** Findings that the policy lets stand. */
  readonly ignored: readonly IgnoredFinding[];
  /** The services of the system and who may talk to whom. */
  readonly system: Pick<SystemPolicy, 'services' | 'flows'>;
  /** Whether secrets may come through environment variables. */
  readonly secretsByEnvironment: boolean;
}

/** What a check says of itself, for `surety scan --explain`. */
interface CheckText {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  /** What somebody could do with it. */
  readonly why: string;
  /** How to mend it. */
  readonly fix: string;
  readonly references: readonly Reference[];
  /** It tells of credentials: what the search of texts finds in the same line is not told again. */
  readonly tellsCredentials?: true;
  /** A manifest that the check finds something in, and one that it does not. */
  readonly example: { readonly bad: string; readonly good: string };
}

export interface PodSubject {
  readonly pod: Pod;
  readonly resource: Resource;
}

/** Looks at everything that runs Pods. */
export interface PodCheck extends CheckText {
  readonly of: 'pod';
  find(subject: PodSubject, settings: PostureSettings): readonly Found[];
}

/** Looks at each resource of some kinds by itself. */
export interface ResourceCheck extends CheckText {
  readonly of: 'resource';
  readonly kinds: readonly string[];
  find(resource: Resource, settings: PostureSettings): readonly Found[];
}

export interface FoundInCluster extends Found {
  readonly resource: Resource;
}

/** Looks at all resources together. */
export interface ClusterCheck extends CheckText {
  readonly of: 'cluster';
  find(cluster: Cluster, settings: PostureSettings): readonly FoundInCluster[];
}

export interface FoundInDockerfile {
  readonly at: DockerInstruction;
  readonly message: string;
  readonly severity?: Severity | undefined;
}

/** Looks at a Dockerfile; it has a stage at least. */
export interface DockerfileCheck extends CheckText {
  readonly of: 'dockerfile';
  find(stages: readonly DockerStage[], settings: PostureSettings): readonly FoundInDockerfile[];
}

/** Looks into any text for credentials, by what their detectors find. */
export interface TextCheck extends CheckText {
  readonly of: 'text';
  /** By their names in the catalogue of detectors. */
  readonly detectors: readonly string[];
}

/** Looks at each service of a Compose file; paths are of the file. */
export interface ComposeCheck extends CheckText {
  readonly of: 'compose';
  find(service: ComposeService, settings: PostureSettings): readonly Found[];
}

export interface FoundInAzure extends Found {
  readonly subject: Subject;
}

/** Looks at all that one Terraform plan or ARM template deploys. */
export interface AzureCheck extends CheckText {
  readonly of: 'azure';
  find(deployment: Deployment): readonly FoundInAzure[];
}

/** Looks at what is said about findings. */
export interface SuppressionCheck extends CheckText {
  readonly of: 'suppression';
}

export type Check =
  | PodCheck
  | ResourceCheck
  | ClusterCheck
  | DockerfileCheck
  | ComposeCheck
  | AzureCheck
  | TextCheck
  | SuppressionCheck;

const cisEdition = '1.12';

export const cis = (id: string): Reference => ({ standard: 'CIS Kubernetes', edition: cisEdition, id });
export const pss = (level: 'Baseline' | 'Restricted'): Reference => ({
  standard: 'Pod Security Standards',
  edition: 'by version of Kubernetes',
  id: level,
});
export const nsa = (id: string): Reference => ({
  standard: 'NSA/CISA Kubernetes Hardening',
  edition: '1.2',
  id,
});
export const cisDocker = (id: string): Reference => ({ standard: 'CIS Docker', edition: '1.7', id });
export const cisAks = (id: string): Reference => ({
  standard: 'CIS Azure Kubernetes Service',
  edition: '1.8',
  id,
});
export const cisAzure = (id: string): Reference => ({
  standard: 'CIS Microsoft Azure Foundations',
  edition: '3.0.0',
  id,
});
