import { isOpen, textOf } from '../../compose/service.ts';
import type { Field } from '../../field.ts';
import type { Severity } from '../../report.ts';
import type { Found } from '../check.ts';

/** Found where a field is a variable that the file gives no value: nobody can tell what it will be, so it is not taken for clean. */
export function undecided(field: Field, severity: Severity = 'medium'): Found[] {
  if (!isOpen(field)) return [];
  const name = field.path.findLast((part) => typeof part === 'string') ?? '';
  return [
    {
      path: field.path,
      severity,
      message: `${name} is ${textOf(field) ?? ''}, which this file gives no value: nobody can tell what it will be.`,
    },
  ];
}
