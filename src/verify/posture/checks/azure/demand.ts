import type { KindName, SettingName } from '../../azure/kinds.ts';
import type { AzureResource } from '../../azure/resource.ts';
import type { Setting } from '../../azure/setting.ts';
import { formatPath } from '../../field.ts';
import type { Subject } from '../../subject.ts';
import type { Severity } from '../../report.ts';
import type { FoundInAzure } from '../check.ts';

interface Demand<Name extends KindName> {
  readonly setting: SettingName<Name>;
  isRight(setting: Setting): boolean;
  readonly message: string;
  readonly severity?: Severity;
}

export const isTrue = (setting: Setting): boolean => setting.isTrue;
export const isFalse = (setting: Setting): boolean => setting.isFalse;
export const isGiven = (setting: Setting): boolean => setting.isGiven && !setting.isFalse;

/** A setting that is not as it must be. One that only the deployment decides is found too: nobody who reads this can call it right. */
export function demand<Name extends KindName>(
  resource: AzureResource<Name>,
  { setting: name, isRight, message, severity }: Demand<Name>,
): FoundInAzure[] {
  const setting = resource.get(name);
  if (isRight(setting)) return [];
  if (setting.undecided) return [cannotTell(resource, setting)];
  return [{ subject: resource, path: setting.path, message, severity }];
}

/** No more than medium: it may well be right. */
export function cannotTell(subject: Subject, { path, undecided }: Setting): FoundInAzure {
  const because = undecided?.because ?? 'holds what only the deployment decides';
  return {
    subject,
    path,
    message: `It cannot be told: ${formatPath(path)} ${because}.`,
    severity: 'medium',
  };
}
