/**
 * Posture: whether what is to be deployed is what was promised. Reads manifests, Compose files, Dockerfiles, Terraform plans and ARM templates as they lie in a repository, and what kustomizations become, and judges them by the checks of
 * the catalogue and by the Pod Security Standards of a version of Kubernetes.
 *
 * Guarantees: what is not evaluated is named, never counted as clean; a finding names file, line, column and field; nothing a manifest says
 * can make a scan end, fetch anything, or run more than the program that renders kustomizations. Threat: a manifest that gives a container the node, or the network the data. It does not ask a cluster
 * what runs there, and does not see what an admission webhook would change.
 */
export { checks } from './checks/catalogue.ts';
export type { Check, PostureSettings } from './checks/check.ts';
export { formatJson } from './formats/json.ts';
export { formatJunit } from './formats/junit.ts';
export { formatMarkdown } from './formats/markdown.ts';
export { formatSarif } from './formats/sarif.ts';
export { isAtLeast } from './formats/summary.ts';
export { formatText, type Paint } from './formats/text.ts';
export { findRenderer } from './kustomize/render.ts';
export { type Mended, mendFiles } from './mend/mend-files.ts';
export { permissionRows, reachRows } from './views.ts';
export { newestVersion } from './pod-security/rule.ts';
export { type Report, severities, type Severity } from './report.ts';
export { scan } from './scan.ts';
export { largestFileBytes, standardInput } from './source/walk.ts';
export { defaultVerify, settingsOf, type VerifyPolicy } from './policy-section.ts';
