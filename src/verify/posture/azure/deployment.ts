import type { Subject } from '../subject.ts';
import type { FieldPath } from '../field.ts';
import { instanceKey, keyOfId } from './keys.ts';
import type { KindName } from './kinds.ts';
import type { AzureResource } from './resource.ts';
import type { Setting } from './setting.ts';

/** A value that stands in the file itself, under a name. */
export interface WrittenValue {
  readonly subject: Subject;
  readonly path: FieldPath;
  readonly name: string;
  readonly value: string;
  /** The file says itself that it is a secret. */
  readonly isSecure: boolean;
}

export interface Output {
  readonly subject: Subject;
  readonly path: FieldPath;
  readonly name: string;
  /** Where the file says what it will be. */
  readonly value: string | undefined;
  /** `open`: whoever may read the deployment reads it; `state`: whoever may read the state. Undefined: it holds no secret that can be told. */
  readonly secret: 'open' | 'state' | undefined;
}

/** Of one declaration; beyond it nobody means each of them. */
const mostTargets = 100;

interface DeploymentGiven {
  readonly resources: readonly AzureResource[];
  readonly written: readonly WrittenValue[];
  readonly outputs: readonly Output[];
}

/** All that one plan or template deploys, whichever form it has. */
export class Deployment {
  readonly resources: readonly AzureResource[];
  readonly written: readonly WrittenValue[];
  readonly outputs: readonly Output[];
  readonly #byModel: ReadonlyMap<KindName, readonly AzureResource[]>;
  readonly #byKey = new Map<string, AzureResource[]>();

  constructor({ resources, written, outputs }: DeploymentGiven) {
    this.resources = resources;
    this.written = written;
    this.outputs = outputs;
    const all = resources.flatMap((one) => [one, ...one.parts()]);
    this.#byModel = Map.groupBy(all, ({ model }) => model);
    for (const one of all)
      for (const key of new Set(one.keys)) {
        const known = this.#byKey.get(key);
        if (known) known.push(one);
        else this.#byKey.set(key, [one]);
      }
  }

  /** The resources of a kind, those that stand in others too. */
  all<Name extends KindName>(model: Name): readonly AzureResource<Name>[] {
    return (this.#byModel.get(model) ?? []) as readonly AzureResource<Name>[];
  }

  /** What of a kind a setting refers to. Of several of one declaration, that of the same index where there is one. */
  targetsOf<Name extends KindName>(
    setting: Setting,
    owner: AzureResource,
    model: Name,
  ): readonly AzureResource<Name>[] {
    const text = setting.undecided?.text ?? setting.text ?? '';
    return this.#find([...setting.targets, ...(text === '' ? [] : [keyOfId(text)])], owner, model);
  }

  /** What a resource is a part of. */
  ownersOf<Name extends KindName>(part: AzureResource, model: Name): readonly AzureResource<Name>[] {
    if (part.parent?.model === model) return [part.parent as AzureResource<Name>];
    return this.#find(part.parentKeys, part, model);
  }

  #find<Name extends KindName>(
    keys: readonly string[],
    { index }: AzureResource,
    model: Name,
  ): readonly AzureResource<Name>[] {
    const same = this.#under(
      keys.map((key) => instanceKey(key, index)),
      model,
    );
    return same.length > 0 ? same : this.#under(keys, model);
  }

  #under<Name extends KindName>(keys: readonly string[], model: Name): readonly AzureResource<Name>[] {
    const found = new Set(keys.flatMap((key) => this.#byKey.get(key)?.slice(0, mostTargets) ?? []));
    return [...found].filter((one): one is AzureResource<Name> => one.model === model);
  }
}
