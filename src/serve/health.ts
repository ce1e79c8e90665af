/** Why a part is not ready; undefined where it is. */
export type ReadinessCheck = () => string | undefined;

export type HealthAnswer = { readonly status: number; readonly body: string } | undefined;

/**
 * `/livez`: the process answers. `/readyz`: every part can do its work; 503 names those that cannot. Problems are texts of Surety's
 * own, without addresses or names of callers, since both paths are open.
 */
export function createHealth(
  checks: Readonly<Record<string, ReadinessCheck>>,
): (path: string) => HealthAnswer {
  return (path) => {
    if (path === '/livez') return { status: 200, body: '{"status":"live"}\n' };
    if (path !== '/readyz') return undefined;
    const problems = Object.entries(checks).flatMap(([part, check]) => {
      const problem = check();
      return problem === undefined ? [] : [{ part, problem }];
    });
    const status = problems.length === 0 ? 200 : 503;
    return {
      status,
      body: `${JSON.stringify({ status: status === 200 ? 'ready' : 'not ready', problems })}\n`,
    };
  };
}
