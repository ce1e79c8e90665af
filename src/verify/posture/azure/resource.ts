import type { Subject } from '../subject.ts';
import { Field, type FieldPath } from '../field.ts';
import type { Position } from '../source/yaml.ts';
import type { Branch } from './branch.ts';
import { keyOfId } from './keys.ts';
import { type KindName, kindNames, kinds, type SettingName } from './kinds.ts';
import type { Kind, SettingPlaces } from './kinds/kind.ts';
import { Setting } from './setting.ts';

export type Form = 'terraform' | 'arm';

interface ResourceGiven {
  readonly form: Form;
  readonly branch: Branch;
  /** As its own documentation calls it: `azurerm_key_vault`, `Microsoft.KeyVault/vaults`. */
  readonly kind: string;
  readonly namespace?: string | undefined;
  readonly name: string;
  readonly file: string;
  /** What others refer to it by. */
  readonly keys: readonly string[];
  /** Keys of what it is a part of. */
  readonly parentKeys: readonly string[];
  /** Which of several of one declaration it is. */
  readonly index?: string | number | undefined;
  locate(path: FieldPath): Position;
}

/** A resource of Azure as a plan or a template says it, or a part of one. */
export class AzureResource<Name extends KindName = KindName> implements Subject {
  readonly model: Name;
  readonly kind: string;
  readonly namespace: string | undefined;
  readonly name: string;
  readonly file: string;
  readonly field = new Field(undefined);
  readonly path: FieldPath;
  readonly keys: readonly string[];
  readonly parentKeys: readonly string[];
  readonly index: string | number | undefined;
  /** Of a part: what it stands in. */
  readonly parent: AzureResource | undefined;
  readonly #given: ResourceGiven;

  constructor(model: Name, given: ResourceGiven, parent?: AzureResource) {
    this.model = model;
    this.kind = given.kind;
    this.namespace = given.namespace;
    this.name = given.name;
    this.file = given.file;
    this.path = given.branch.path;
    this.keys = given.keys;
    this.parentKeys = given.parentKeys;
    this.index = given.index;
    this.parent = parent;
    this.#given = given;
  }

  locate(path: FieldPath): Position {
    return this.#given.locate(path);
  }

  get(name: SettingName<Name>): Setting {
    const { settings }: Kind = kinds[this.model];
    const places = settings[name];
    if (!places) throw new TypeError(`no setting ${name} of ${this.model}`);
    const found = this.#read(places);
    const text = found.text;
    if (places.names === undefined || text === undefined) return found;
    const targets = [...found.targets, `${places.names}:${text.toLowerCase()}`];
    return new Setting({ value: text, path: found.path, targets });
  }

  /** The first of its places at which something stands. */
  #read({ [this.#given.form]: places, otherwise }: SettingPlaces): Setting {
    let first: Setting | undefined;
    for (const place of places === '' ? [] : places.split('|')) {
      const isOpposite = place.startsWith('!');
      const found = this.#given.branch.read(this.#stepsOf(isOpposite ? place.slice(1) : place), {
        otherwise,
        isOpposite,
      });
      if (found.isSaid) return found;
      first ??= found;
    }
    return first ?? new Setting({ value: undefined, path: this.path, otherwise });
  }

  #stepsOf(place: string): string[] {
    const steps = place.split('.');
    const { within }: Kind = kinds[this.model];
    const isFlat = this.parent !== undefined && within?.flat === true && steps[0] === 'properties';
    return isFlat ? steps.slice(1) : steps;
  }

  /** What of other kinds stands in it, at any depth of them. */
  parts(): AzureResource[] {
    return kindNames.flatMap((name) => {
      const { within }: Kind = kinds[name];
      if (within?.kind !== this.model) return [];
      const places = (within[this.#given.form] ?? '').split('|').filter((place) => place !== '');
      return places.flatMap((place) =>
        this.#given.branch.items(place.split('.')).flatMap((branch) => this.#part(name, branch)),
      );
    });
  }

  #part(model: KindName, branch: Branch): AzureResource[] {
    const named = branch.read(['name']).text;
    const keys = named === undefined ? [] : this.keys.map((key) => partKey(key, model, named));
    const part = new AzureResource(model, { ...this.#given, branch, keys, parentKeys: this.keys }, this);
    return [part, ...part.parts()];
  }
}

/** A part is referred to as a resource of its own would be. */
function partKey(parent: string, model: KindName, name: string): string {
  const [type = ''] = kinds[model].arm;
  return keyOfId(`${parent}/${type.split('/').at(-1) ?? model}/${name}`);
}
