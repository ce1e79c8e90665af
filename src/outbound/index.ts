/**
 * Outbound: how Surety reaches other machines, for every room that must.
 *
 * Guarantees: the address that was checked is the address that is connected to; a private or loopback address is reached only where the policy says
 * so, and one where clouds keep credentials never; redirects are not followed; a download ends within its bytes and its time, whatever the other side does,
 * and fails with a reason from a closed set that holds nothing the other side wrote.
 * Threat: a name that resolves to something inside (server-side request forgery, also by DNS rebinding); a service that redirects, hangs, drips, or
 * answers without end; a compressed answer that unfolds.
 * Does not: check the address behind an egress proxy, which resolves names itself (an address written as such is checked); keep, or believe, what it brings.
 */
export { refuseLiteral } from './address-guard.ts';
export { createDispatcher, type DispatcherOptions, type Reach } from './dispatcher.ts';
export {
  createDownload,
  type Download,
  type DownloadAnswer,
  type DownloadBounds,
  DownloadFailed,
  type DownloadFailure,
  type DownloadRequest,
} from './download.ts';
