/**
 * What operators and machines reach: the admin API on the owner-only socket, and health and metrics on the console port.
 *
 * Guarantees: the admin API is not reachable over the network; a key stands in one answer, the one that made it; metrics and health
 * name nothing a caller chose. Threat: other users of the machine, pages in a browser that reach loopback ports.
 * Does not: sign operators in. Until it does, the owner of the data folder is the only operator.
 */
export { type AdminApi, createAdminApi } from './api/api.ts';
export { describeApi } from './api/openapi.ts';
export type { ApiRoute } from './api/route.ts';
export { apiRoutes } from './api/routes.ts';
export type { AdminServices } from './api/services.ts';
export { type ConsoleServer, listenConsole } from './console.ts';
export { createDoor, createProviderInForce } from './door/index.ts';
export { createHealth, type HealthAnswer, type ReadinessCheck } from './health.ts';
export { createMetrics, type Metrics, type MetricSources } from './metrics.ts';
export { listenSocket } from './socket.ts';
