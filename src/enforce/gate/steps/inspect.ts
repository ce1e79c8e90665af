import { type Admitted, inspected, type Inspected } from '../states.ts';

/**
 * The place in the pipeline where data classes narrow the plan. This version has no classes and passes everything; a policy that names
 * some (`data:`) is refused at load, so nobody can believe otherwise.
 */
export function createInspect(): (state: Admitted) => Inspected {
  return inspected;
}
