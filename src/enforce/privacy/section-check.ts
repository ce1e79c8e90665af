import type { PolicyPath, ReportProblem } from '../../policy/index.ts';
import { classIn } from './classes.ts';
import { families } from './detector.ts';
import { catalogue } from './detectors/catalogue.ts';
import type { DataSection } from './section.ts';

/** Names of classes and detectors that must exist, and classes that must be said. */
export function checkData({ data }: { readonly data: DataSection }, report: ReportProblem): void {
  checkClassNames(data, report);
  checkDetectNames(data, report);
  checkOwnNames(data, report);
  checkDefaults(data, report);
  checkKept(data, report);
}

function checkClassNames(data: DataSection, report: ReportProblem): void {
  const allowed = data.classes;
  for (const [index, name] of allowed.entries())
    if (allowed.indexOf(name) !== index)
      report({ path: ['data', 'classes', index], message: 'this class stands here twice', found: name });
  const check = (name: string | undefined, path: PolicyPath): void => {
    if (name !== undefined && !allowed.includes(name))
      report({ path: ['data', ...path], message: 'not one of the classes', found: name, allowed });
  };
  check(data.ceiling, ['ceiling']);
  check(data.unread, ['unread']);
  check(data.answers?.ceiling, ['answers', 'ceiling']);
  for (const [name, { class: own }] of Object.entries(data.detectors))
    check(own, ['detectors', name, 'class']);
  if (typeof data.detect === 'string') return;
  for (const [name, said] of Object.entries(data.detect))
    if (said !== 'default' && said !== 'never') check(said, ['detect', name]);
}

function checkDetectNames(data: DataSection, report: ReportProblem): void {
  if (typeof data.detect === 'string') return;
  const allowed = [
    'all',
    ...families.filter((family) => family !== 'custom'),
    ...catalogue.map(({ name }) => name),
  ];
  for (const name of Object.keys(data.detect))
    if (!allowed.includes(name))
      report({
        path: ['data', 'detect', name],
        message: 'no detector or family of this name; "surety detectors" lists them',
        found: name,
        allowed: allowed.filter((known) => !known.includes('-')),
      });
}

function checkOwnNames(data: DataSection, report: ReportProblem): void {
  const taken = new Set<string>(['all', ...families, ...catalogue.map(({ name }) => name)]);
  for (const name of Object.keys(data.detectors))
    if (taken.has(name))
      report({
        path: ['data', 'detectors', name],
        message: 'Surety has a detector or family of this name; choose another',
      });
}

/** Where the policy has classes of its own, each detector that is looked for in its own class must be told one of them. */
function checkDefaults(data: DataSection, report: ReportProblem): void {
  const lacking = catalogue.flatMap((detector) => {
    const name = classIn(data, detector);
    return name === detector.class && !data.classes.includes(name) ? [name] : [];
  });
  if (lacking.length === 0) return;
  const names = [...new Set(lacking)].join(', ');
  report({
    path: ['data', 'detect'],
    message: `detectors are of the classes ${names} by default, which this policy does not have; give each a class, such as all: ${data.classes.at(-1)}`,
  });
}

/** What the gate does not do yet must not be believed of it. */
function checkKept(data: DataSection, report: ReportProblem): void {
  if (data.ceiling !== undefined && data.detect === 'none' && Object.keys(data.detectors).length === 0)
    report({
      path: ['data', 'ceiling'],
      message: 'nothing is looked for, so it would keep nothing; say data.detect',
    });
}
