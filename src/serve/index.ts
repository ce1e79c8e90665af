/**
 * What operators and machines reach: the admin API on the owner-only socket and behind the door of the console port; health and metrics there.
 *
 * Guarantees: every route names a permission, checked in one place, and refuses whom no grant covers; dangerous acts are done when a second person
 * approved them, once, or with an alert; nobody gives an operator more than he holds without one; a key stands in one answer, the one that made it; reading the record is recorded; metrics
 * and health name nothing a caller chose. Threat: operators beyond their rights or acting as another, other users of the machine, pages in a browser
 * that reach loopback ports. Does not: end TLS, or bind the owner of the data folder.
 */
export { type AdminApi, createAdminApi, folderOwner } from './api/api.ts';
export { describeApi } from './api/openapi.ts';
export type { ApiRoute } from './api/route.ts';
export type { RevocationFigures } from './api/revocation.ts';
export { apiRoutes } from './api/routes.ts';
export type { AdminServices } from './api/services.ts';
export { type ConsoleServer, listenConsole } from './console.ts';
export { usageCsv } from './api/usage.ts';
export { createDoor, createProviderInForce } from './door/index.ts';
export { createHealth, type HealthAnswer, type ReadinessCheck } from './health.ts';
export { createMetrics, type Metrics, type MetricSources } from './metrics.ts';
export { listenSocket } from './socket.ts';
