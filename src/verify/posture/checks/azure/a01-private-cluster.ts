import { type AzureCheck, cisAks, type FoundInAzure } from '../check.ts';
import type { AzureResource } from '../../azure/resource.ts';
import { cannotTell } from './demand.ts';

const isEverywhere = (range: string): boolean => /^(0\.0\.0\.0|::)?\/0$/.test(range.trim());

/** Ranges are less than a private cluster: whoever sends from one of them still reaches the API server. */
function findIn(cluster: AzureResource<'cluster'>): FoundInAzure[] {
  const isPrivate = cluster.get('isPrivate');
  if (isPrivate.isTrue) return [];
  if (isPrivate.undecided) return [cannotTell(cluster, isPrivate)];
  const ranges = cluster.get('authorizedRanges');
  const { path } = isPrivate;
  if (ranges.isOpen) return [cannotTell(cluster, ranges)];
  if (ranges.texts.length > 0 && !ranges.texts.some(isEverywhere)) {
    const message = 'The API server is public, though only some address ranges may reach it.';
    return [{ subject: cluster, path, message, severity: 'medium' }];
  }
  return [{ subject: cluster, path, message: 'The API server can be reached from the whole Internet.' }];
}

export const a01: AzureCheck = {
  id: 'A01',
  of: 'azure',
  title: 'The API server of AKS is public',
  severity: 'high',
  why: 'One stolen token, or one flaw of the API server, and the cluster belongs to somebody anywhere in the world.',
  fix: 'Make the cluster private; where that is not possible, name the address ranges that may reach it.',
  references: [cisAks('5.4.1'), cisAks('5.4.2')],
  example: {
    bad: 'resource "azurerm_kubernetes_cluster" "main" {\n  private_cluster_enabled = false\n}\n',
    good: 'resource "azurerm_kubernetes_cluster" "main" {\n  private_cluster_enabled = true\n}\n',
  },
  find: (deployment) => deployment.all('cluster').flatMap(findIn),
};
